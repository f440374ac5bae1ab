/** State of a piece of work that parties do once. */
export type FlightDocument =
  | {
      readonly state: 'running'
      /** 32 hex digits. */
      readonly holder: string
      /** Another one with each sign of life. */
      readonly beat: number
    }
  | { readonly state: 'done'; readonly result: Uint8Array }
  | { readonly state: 'failed' | 'free' }

const form = /^(?:running ([0-9a-f]{32}) (\d{1,10})|failed|free)\n$/
const done = Buffer.from('done\n')

/** `running HOLDER BEAT`, `failed`, `free`, or `done` and the result in the lines after it. */
export function encodeFlight(document: FlightDocument): Uint8Array {
  switch (document.state) {
    case 'running':
      return Buffer.from(`running ${document.holder} ${document.beat}\n`)
    case 'done':
      return Buffer.concat([done, document.result])
    default:
      return Buffer.from(`${document.state}\n`)
  }
}

/** Reads what anybody wrote: everything else is work to be claimed. */
export function decodeFlight(bytes: Uint8Array): FlightDocument {
  const buffer = Buffer.from(bytes)
  if (buffer.subarray(0, done.length).equals(done)) return { state: 'done', result: buffer.subarray(done.length) }
  const [text = '', holder, beat] = form.exec(buffer.subarray(0, 100).toString('latin1')) ?? []
  if (holder !== undefined) return { state: 'running', holder, beat: Number(beat) }
  return { state: text === 'failed\n' ? 'failed' : 'free' }
}
