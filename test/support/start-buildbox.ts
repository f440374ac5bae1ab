import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@tsbuild/registry/testing'
import { findProgram } from './obstacle.ts'

/** A running `buildbox-casd` that executes actions on this machine. */
export interface Buildbox extends AsyncDisposable {
  /** `grpc://127.0.0.1:PORT`. */
  readonly url: string
  readonly pid: number
}

/** Starts `buildbox-casd` with its content in a directory, and `jobs` actions at the same time. */
export async function startBuildbox(directory: string, jobs: number): Promise<Buildbox> {
  const port = await freePort()
  const runner = findProgram('buildbox-run-hosttools') ?? ''
  const server = spawn(
    'buildbox-casd',
    [`--bind=127.0.0.1:${port}`, `--buildbox-run=${runner}`, `--jobs=${jobs}`, directory],
    { stdio: 'ignore' },
  )
  const stop = async (): Promise<void> => {
    server.kill()
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
  }
  try {
    await answers(port)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `grpc://127.0.0.1:${port}`, pid: server.pid ?? 0, [Symbol.asyncDispose]: stop }
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await sleep(100)
  }
  throw new Error('buildbox-casd does not answer')
}
