import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Packages of Debian testing, which Debian 12 lacks, and the programs in each that tests call. */
export const testingProgramsOf: Readonly<Record<string, readonly string[]>> = {
  buildbox: ['buildbox-casd', 'buildbox-run-hosttools'],
  cosign: ['cosign'],
  crane: ['crane'],
  oras: ['oras'],
  'python3-moto': ['moto_server'],
}

/** Packages that `moto_server` needs, and python3-moto only recommends. */
const recommended = ['python3-flask-cors']

/** Makes the links that packages unpacked without base-files rely on. */
const makeLinks = 'cd "$1" && mkdir -p usr/bin usr/sbin usr/lib usr/lib64 && ln -s usr/bin usr/sbin usr/lib usr/lib64 .'

/** The tree of Debian testing below a directory, and scripts that start its programs. */
interface Place {
  readonly tree: string
  readonly scripts: string
}

/**
 * Unpacks `testingProgramsOf` (420 MB, 10 s) below `directory`, unless an earlier call did, and
 * writes a script for each program. Returns the directory of the scripts. They run the programs
 * with the loader and libraries of their own Debian, on the file system of this machine, and need
 * no privileges. Throws, with the reason, if the mirror cannot be reached within five minutes.
 */
export function provideTestingPrograms(directory: string): string {
  const place = { tree: join(directory, 'tree'), scripts: join(directory, 'bin') }
  if (!existsSync(place.tree)) unpack(place.tree)
  mkdirSync(place.scripts, { recursive: true })
  for (const program of Object.values(testingProgramsOf).flat()) writeScript(program, place)
  return place.scripts
}

function unpack(tree: string): void {
  const unfinished = `${tree}.${process.pid}`
  const packages = [...Object.keys(testingProgramsOf), ...recommended].join(',')
  const args = [
    '--quiet',
    '--variant=extract',
    '--mode=root',
    `--include=${packages}`,
    `--setup-hook=${makeLinks}`,
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=APT::Install-Recommends "false"',
    'testing',
    unfinished,
  ]
  mkdirSync(unfinished, { recursive: true })
  try {
    const { status, error, stderr } = spawnSync('mmdebstrap', args, { encoding: 'utf8', timeout: 300_000 })
    if (status !== 0) throw new Error(error?.message ?? /^E: .*$/m.exec(stderr)?.[0] ?? 'mmdebstrap failed')
    renameSync(unfinished, tree)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

function writeScript(program: string, { tree, scripts }: Place): void {
  const path = join(tree, 'usr/bin', program)
  const isPython = /^#! *\S*python/.test(readFileSync(path, 'latin1').slice(0, 100))
  const [loader] = globSync(join(tree, 'usr/lib{64,}/ld-linux*.so.*'))
  const libraries = globSync(join(tree, 'usr/lib/*-linux-gnu')).join(':')
  if (loader === undefined) throw new Error(`${tree} has no loader of programs`)
  const [python = ''] = globSync(join(tree, 'usr/bin/python3.[0-9]*'))
  const words = [loader, '--library-path', libraries, ...(isPython ? [python] : []), path].map((word) => `'${word}'`)
  const environment = isPython ? `PYTHONHOME='${tree}/usr' ` : ''
  writeFileSync(join(scripts, program), `#!/bin/sh\n${environment}exec ${words.join(' ')} "$@"\n`)
  chmodSync(join(scripts, program), 0o755)
}
