import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { UsageError } from '../invocation/usage-error.ts'
import { parseBoolean } from '../values/parse-boolean.ts'
import { flag, list } from './declare-flag.ts'

/** Flags of docker build, podman build and buildah bud that have no flag of their own here. */
export interface PeerFlags {
  readonly buildArgFile: readonly string[]
  readonly format?: string
  readonly manifest?: string
  readonly timestamp?: string
  readonly tlsVerify?: string
}

/**
 * Flags that make no difference, with the number of their values. A build here has layers, cleans
 * up, leaves out unused stages, uses all processors, retries, and has no daemon.
 */
const indifferent: Readonly<Record<string, string>> = {
  '--builder <name>': 'there are no builder instances',
  '--cache-ttl <duration>': 'records are kept until they are pruned',
  '--cgroup-parent <path>': 'limits have control groups of their own',
  '--cgroupns <mode>': 'steps see no control groups',
  '--compress': 'the context is read where it is',
  '--disable-compression': 'layers are compressed when they leave the store',
  '--disable-content-trust': 'images are verified by their digests',
  '--events-backend <name>': 'there are no events of an engine',
  '--force-rm': 'steps leave no container behind',
  '--http-proxy': 'proxy variables are passed to RUN',
  '--identity-label': 'images get no label of their builder',
  '--ipc <mode>': 'steps have a namespace of their own',
  '--jobs <number>': 'independent steps run at the same time',
  '--layers': 'every step is cached',
  '--log-level <level>': '--progress plain shows every line',
  '--logfile <file>': 'progress goes to standard error',
  '--omit-history': 'the history stays',
  '--pid <mode>': 'steps have a namespace of their own',
  '--retry <number>': 'requests are repeated',
  '--retry-delay <duration>': 'delays are those that the server asks for, else growing ones',
  '--rm': 'steps leave no container behind',
  '--runtime <program>': 'see --isolation oci:crun',
  '--security-opt <option>': 'steps have the rights of docs/isolation.md',
  '--skip-unused-stages': 'unused stages are left out',
  '--storage-driver <name>': 'the store has no drivers',
  '--userns <mode>': 'see --isolation',
  '--uts <mode>': 'steps have a namespace of their own',
}

/** Flags that would change the result, and the way to do it here. */
const refused: Readonly<Record<string, string>> = {
  '--creds <user:password>': 'log in with tsbuild login, or name a file with --authfile',
  '--env <name=value>': 'write ENV NAME=VALUE in the Dockerfile, or ARG with --build-arg',
  '--unsetenv <name>': 'leave the ENV out of the Dockerfile, or set it to nothing',
  '--ignorefile <file>': 'name it after the Dockerfile: Dockerfile.dockerignore',
  '--squash': 'copy the result into one layer: FROM scratch and COPY --from=STAGE / /',
  '--squash-all': 'copy the result into one layer: FROM scratch and COPY --from=STAGE / /',
  '--from <image>': 'use ARG BASE before FROM $BASE, and --build-arg BASE=IMAGE',
  '--cap-add <name>': 'use RUN --security=insecure with --allow security.insecure',
  '--cap-drop <name>': 'use USER in the Dockerfile',
  '--sign-by <key>': 'sign the pushed image with cosign',
  '--cpp-flag <flag>': 'run cpp first, and hand its output to --file -',
  '--hooks-dir <directory>': 'hooks of OCI runtimes are not run',
  '--decryption-key <key>': 'decrypt the base image with skopeo copy first',
  '--rewrite-timestamp': 'use -o type=image,rewrite-timestamp=true with SOURCE_DATE_EPOCH',
}

/** Declares the flags of other builders; none is in the help. */
export function addPeerBuildFlags(command: Command): Command {
  const notes = Object.keys(indifferent).map((spelling) => flag(spelling))
  const others = Object.keys(refused).map((spelling) => flag(spelling))
  const honoured = [
    list('--build-arg-file <file>'),
    flag('--format <form>'),
    flag('--manifest <name>'),
    flag('--timestamp <seconds>'),
    flag('--tls-verify <boolean>'),
  ]
  const taken = new Set(command.options.map(({ long }) => long))
  for (const option of [...notes, ...others, ...honoured])
    if (!taken.has(option.long)) command.addOption(option.hideHelp())
  return command
}

/**
 * Throws `UsageError` for a flag that cannot be honoured; returns one remark about all that make no
 * difference, undefined without any.
 */
export function notePeerFlags(command: Command): string | undefined {
  const given = (spelling: string): boolean => {
    const [name = ''] = spelling.split(' ')
    const option = command.options.find(({ long }) => long === name)
    return option !== undefined && command.getOptionValueSource(option.attributeName()) === 'cli'
  }
  for (const [spelling, hint] of Object.entries(refused))
    if (given(spelling)) throw new UsageError(`${spelling.split(' ')[0]} is not supported`, { hint })
  const useless = Object.entries(indifferent).filter(([spelling]) => given(spelling))
  if (useless.length === 0) return undefined
  return `no difference: ${useless.map(([spelling, why]) => `${spelling.split(' ')[0]} (${why})`).join(', ')}`
}

/** `NAME=VALUE` lines of `--build-arg-file`, as arguments of `--build-arg`. */
export async function readArgFiles(files: readonly string[], cwd: string): Promise<readonly string[]> {
  const texts = await Promise.all(
    files.map((file) =>
      readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
        throw new UsageError(`cannot read --build-arg-file "${file}"`, { cause: error })
      }),
    ),
  )
  return texts
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** Throws `UsageError` for values that would change the result and cannot be honoured. */
export function checkPeerValues({ format, timestamp, tlsVerify }: Partial<PeerFlags>): void {
  if (format !== undefined && format !== 'oci')
    throw new UsageError(`--format ${format} is not supported`, {
      hint: 'images are in the OCI format; for the types of docker use -o type=image,oci-mediatypes=false',
    })
  if (timestamp !== undefined && !/^\d{1,12}$/.test(timestamp))
    throw new UsageError(`invalid --timestamp "${timestamp}": expected seconds since 1970`)
  if (tlsVerify !== undefined && !parseBoolean('--tls-verify', tlsVerify))
    throw new UsageError('--tls-verify=false is not supported', {
      hint: 'name the registries with --insecure-registry HOST',
    })
}
