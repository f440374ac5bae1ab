import { Agent } from '../agent/agent.ts'
import { answerJob } from '../agent/answer-job.ts'
import type { AgentSetup } from '../protocol/agent-protocol.ts'
import type { AgentLink } from './agent-link.ts'

/**
 * An agent in this process, for a program that does nothing else and already has the rights of the
 * rung: its mounts and its working directory are then those of the agent.
 */
export async function openOwnAgent(setup: AgentSetup): Promise<AgentLink> {
  // Directories made here are seen by processes of any user.
  process.umask(0o022)
  const agent = await Agent.create(setup)
  return {
    ask: async (job, io) => {
      io.signal.throwIfAborted()
      return answerJob(agent, job, {
        signal: io.signal,
        onOutput: async (...output) => void (await io.onOutput(...output)),
      })
    },
    [Symbol.asyncDispose]: async () => agent[Symbol.dispose](),
  }
}
