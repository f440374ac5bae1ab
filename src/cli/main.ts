#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { exitCodes } from '../exit-codes.ts'
import { engine } from './load-engine.ts'
import { run } from './run.ts'

// Modules that are loaded from here on need not be compiled again next time.
enableCompileCache()

const controller = new AbortController()
process.on('SIGTERM', () => controller.abort())
process.on('SIGINT', () => {
  // Who asks twice does not want to wait for the clean-up.
  if (controller.signal.aborted) process.exit(exitCodes.interrupted)
  controller.abort()
})
process.on('exit', () => {
  // Wherever the live view was left: the cursor must be there again.
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h')
})
// A reader that goes away gets no message. Without results there is no point in going on; without progress there is.
process.stdout.on('error', () => process.exit(exitCodes.failed))
process.stderr.on('error', () => {})

const status = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: controller.signal,
  engine,
})
// Pooled connections may be open still; nobody waits for them.
process.exit(status)
