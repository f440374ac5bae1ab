import { existsSync } from 'node:fs'
import type { Arch } from '../machine/machine-code.ts'

const qemu = '/usr/bin/qemu-aarch64-static'

/** A processor for which machine code is tested. */
interface Processor {
  readonly arch: Arch
  /** True if its programs can be executed here … */
  readonly runs: boolean
  /** … by this emulator, if there is one. */
  readonly via?: string
}

/** All processors that launchers are built for. */
export const processors: readonly Processor[] = [
  { arch: 'x64', runs: process.arch === 'x64' },
  {
    arch: 'arm64',
    ...(process.arch !== 'arm64' && { via: qemu }),
    runs: process.arch === 'arm64' || existsSync(qemu),
  },
]
