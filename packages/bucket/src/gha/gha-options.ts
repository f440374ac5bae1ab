import type { Environment, HttpClient } from '@tsbuild/registry'

/** The cache of a repository on GitHub, as the jobs of its workflows see it. */
export interface GhaOptions {
  /** URL of the service. Default: ACTIONS_RESULTS_URL. */
  readonly url?: string
  /** Runtime token of the job. Default: ACTIONS_RUNTIME_TOKEN. */
  readonly token?: string
  /**
   * Token for the API of GitHub: entries are listed at once, which saves a request for each layer.
   * Default: none.
   */
  readonly githubToken?: string
  /** `owner/name`, for the list. Default: GITHUB_REPOSITORY. */
  readonly repository?: string
  readonly env: Environment
  readonly http: HttpClient
}
