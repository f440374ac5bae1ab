/** An access token of Google. */
export interface GoogleToken {
  readonly text: string
  /** Milliseconds since 1970. */
  readonly expires: number
  /** `GOOGLE_APPLICATION_CREDENTIALS`, `service account of the machine`. */
  readonly place: string
}

/** Right to use repositories of images. */
export const scope = 'https://www.googleapis.com/auth/cloud-platform'
