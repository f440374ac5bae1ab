import type { ProcessIo } from '@tsbuild/isolate'
import type { Answers, Job } from '../protocol/agent-protocol.ts'
import type { Agent } from './agent.ts'

/** Does the work of a job, with an agent of this process. */
export async function answerJob(agent: Agent, job: Job, io: ProcessIo): Promise<Answers> {
  switch (job.type) {
    case 'run':
      return { run: await agent.run(job.request, io) }
    case 'pack':
      return { pack: await agent.packMount(job.request, io.signal) }
    case 'unpack':
      await agent.unpackMount(job.request, io.signal)
      return {}
  }
}
