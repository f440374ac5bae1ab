#!/usr/bin/env node
import { useCompileCache } from '../compile-cache.ts'
import { exitCodes } from '../exit-codes.ts'
import { engine } from './load-engine.ts'
import { run } from './run.ts'
import { StandardStream } from './invocation/standard-stream.ts'

// Modules that are loaded from here on need not be compiled again next time.
useCompileCache()

const controller = new AbortController()
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => controller.abort())
process.on('SIGINT', () => {
  // A second Ctrl-C does not wait for the clean-up.
  if (controller.signal.aborted) process.exit(exitCodes.aborted)
  controller.abort()
})
process.on('exit', () => {
  // The live view may have hidden the cursor: show it again.
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h')
})
const stdout = new StandardStream(1, controller.signal)
const stderr = new StandardStream(2, controller.signal)

const status = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout,
  stderr,
  env: process.env,
  cwd: currentDirectory(),
  signal: controller.signal,
  engine,
})
await Promise.all([stdout.flush(), stderr.flush()])
// Pooled connections may still be open; the process does not wait for them.
process.exit(status)

function currentDirectory(): string {
  try {
    return process.cwd()
  } catch {
    process.stderr.write('error: the current directory does not exist: it was removed\nhint: cd to another directory\n')
    process.exit(exitCodes.usage)
  }
}
