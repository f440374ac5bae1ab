import type { ReapiServer } from '../reapi/server-options.ts'

/** Workers behind a server of the Remote Execution API that run steps. */
export interface RemoteOptions extends ReapiServer {
  /**
   * Properties of the platform that a worker must have, beside those of the target platform.
   * Default: none.
   *
   * @example { 'container-image': 'docker://registry.example/worker:1' }
   */
  readonly properties?: Readonly<Record<string, string>>
  /** Seconds that a step may take on a worker. Default: the limit of the server. */
  readonly timeout?: number
  /** Steps at the same time. Default: 100. */
  readonly jobs?: number
  /**
   * Node of the worker: a path or a name in its PATH. Default: the Node that runs tsbuild is sent
   * along, for platforms of its processor, and `node` for others.
   */
  readonly node?: string
  /**
   * Directory of the worker that keeps unpacked layers between steps. All who may run steps there
   * can change what is in it. Default: each step has a directory of its own.
   */
  readonly workerStore?: string
}
