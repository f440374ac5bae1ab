/** What an image runs on (image-spec, image-index.md § platform). Always normalised: see `parsePlatform`. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
}
