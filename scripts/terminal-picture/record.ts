import { spawn } from 'node:child_process'
import { type Picture, Screen } from './screen.ts'

/** A picture of a terminal, and when it was taken. */
export interface Frame {
  /** Milliseconds since the start. */
  readonly time: number
  readonly picture: Picture
}

/** A command in a terminal. */
export interface Recording {
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly columns: number
  readonly rows: number
  /** First line of each picture, as if it had been typed. */
  readonly prompt: string
}

/** Time that the prompt is shown alone, in milliseconds. */
const pause = 600

/** Runs a command in a terminal of its own. Rejects when it fails. */
export async function recordCommand({
  command,
  cwd,
  env,
  columns,
  rows,
  prompt,
}: Recording): Promise<readonly Frame[]> {
  const line = `stty cols ${columns} rows ${rows} && exec ${command.map(quote).join(' ')}`
  const child = spawn('script', ['-qefc', line, '/dev/null'], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const screen = new Screen()
  screen.write(`${prompt}\r\n`)
  const start = Date.now()
  const frames: Frame[] = [{ time: 0, picture: screen.show(rows) }]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen.write(text)
    frames.push({ time: Date.now() - start, picture: screen.show(rows) })
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.on('error', reject)
  child.on('close', (code) =>
    code === 0 ? resolve() : reject(new Error(`${command.join(' ')} ended with ${String(code)}`)),
  )
  await promise
  // The time until the program begins says more about this machine than about the build.
  const begin = (frames[1]?.time ?? 0) - pause
  return frames.map(({ time, picture }, index) => ({ time: index === 0 ? 0 : time - begin, picture }))
}

/** A word of a shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
