import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { confinedIsolator, runConfined } from './confined.ts'
import { buildLauncher } from '../launcher/elf.ts'
import { awaitEnding } from '../launcher/ending.ts'
import { hostArch } from '../launcher/start.ts'
import { Supervisors } from '../supervision/supervisors.ts'
import { loadLibc } from '../machine/libc.ts'
import { awaitResult } from '../launcher/process-result.ts'
import type { Availability } from '../model/process.ts'
import type { Rung } from './rung.ts'
import { availability, endTrial, trialProcess } from './trial.ts'

/**
 * Any user without any rights, or root who may not mount: a supervisor answers all calls with
 * paths, and a ledger keeps owners and modes.
 */
export const confinedRung: Rung = {
  name: 'confined',
  userXattrs: false,
  ledger: 'all',
  mounts: false,
  emulators: 'started',
  loses:
    'processes share the host name, process table and network of the container; programs of 32 bits do not work, nor chroot where the seccomp profile refuses it',
  probe: async ({ directory }) => {
    const obstacle = obstacleToTracing()
    return obstacle ?? availability(() => runTrial(directory), allowListening)
  },
  start: async ({ args: [program = '', ...args], env }) => {
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const
    const child = spawn(program, args, { stdio: [...stdio], env, serialization: 'advanced', detached: true })
    return { child, ended: awaitResult(awaitEnding(child)) }
  },
  isolator: confinedIsolator,
}

/** Executes a program that ends at once, in a root directory that has nothing else. */
async function runTrial(directory: string): Promise<void> {
  const place = mkdtempSync(join(directory, 'confined-'))
  const signal = AbortSignal.timeout(trialTime)
  try {
    const [rootfs, scratch] = [join(place, 'rootfs'), join(place, 'scratch')]
    for (const path of [rootfs, scratch, join(rootfs, 'etc')]) mkdirSync(path)
    writeFileSync(join(rootfs, 'trial'), buildLauncher([endTrial], hostArch()).elf, { mode: 0o755 })
    await using supervisors = new Supervisors()
    const io = { signal, onOutput: () => {} }
    const { exitCode } = await runConfined({ ...trialProcess(rootfs), args: ['/trial'] }, io, {
      libc: loadLibc(),
      scratch,
      supervisors,
      emulators: [],
    })
    if (exitCode !== 0) throw new Error(`a program under supervision ended with exit code ${exitCode}`)
  } catch (error) {
    throw signal.aborted ? new Error(`a program under supervision did not end within ${trialTime / 1000} s`) : error
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/**
 * Milliseconds. A supervisor that gets no notifications would wait for ever; on a machine with far
 * more work than processors, the trial takes several seconds.
 */
const trialTime = 30_000

const allowListening =
  'use Linux 5.14 or newer and a seccomp profile that lets a process listen to the system calls of its children, as the default ones of Docker, containerd and CRI-O'

/**
 * Yama keeps processes from looking into each other's memory (kernel.yama.ptrace_scope): 1 allows
 * it for descendants.
 */
function obstacleToTracing(): Availability | undefined {
  const path = '/proc/sys/kernel/yama/ptrace_scope'
  const scope = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
  if (scope <= 1) return undefined
  return {
    available: false,
    reason: `kernel.yama.ptrace_scope is ${scope}: a process may not look into the memory of its children`,
    hint: 'sysctl kernel.yama.ptrace_scope=1, or run where user namespaces are allowed',
    obstacles: ['ptrace-scope'],
  }
}
