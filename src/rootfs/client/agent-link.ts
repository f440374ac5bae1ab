import type { Rung } from '@tsbuild/isolate'
import type { AgentSetup, Answers, Job } from '../protocol/agent-protocol.ts'
import type { RootfsIo } from '../protocol/provider.ts'

/** An agent at work. Disposing ends it with everything it runs. */
export interface AgentLink extends AsyncDisposable {
  ask(job: Job, io: RootfsIo): Promise<Answers>
}

/**
 * Starts an agent with the rights of a rung; `scratch` is its private directory. Rejects with the
 * reason when it cannot do its work here.
 */
export type StartAgent = (rung: Rung, setup: AgentSetup, scratch: string) => Promise<AgentLink>
