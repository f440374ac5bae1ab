import { formatPlatform } from '@tsbuild/oci'
import type { RunMount, RunOp } from '../../graph/op.ts'
import type { KeyPart } from '../../solve/key.ts'

/**
 * All inputs of the process, except those that must not count: values of secrets, contents of
 * caches, addresses of hosts.
 */
export function runKey(op: RunOp): Readonly<Record<string, KeyPart>> {
  return {
    args: op.args,
    env: op.env,
    cwd: op.cwd,
    user: op.user,
    hostname: op.hostname,
    network: op.network,
    security: op.security,
    platform: formatPlatform(op.platform),
    hosts: op.extraHosts.map((line) => line.slice(0, line.indexOf(':'))),
    ulimits: op.ulimits,
    devices: op.devices?.map(({ name, required }) => [name, required]),
    shmSize: op.shmSize,
    script: op.script && [op.script.path, op.script.text],
    epoch: op.epoch,
    mounts: op.mounts.map(mountKey),
  }
}

/** The parts of the key by name, each variable on its own. */
export function runFacts(op: RunOp): Readonly<Record<string, KeyPart>> {
  const { args, env: _, ...rest } = runKey(op)
  const fromArg = new Set(op.argNames)
  const variables = op.env.map(([name, value]) => [`${fromArg.has(name) ? 'ARG' : 'ENV'} ${name}`, value] as const)
  const others = Object.entries(rest).map(([name, part]) => [names[name] ?? name, part] as const)
  return Object.fromEntries([['the command', args], ...variables, ...others])
}

const names: Readonly<Record<string, string>> = {
  cwd: 'the working directory',
  user: 'the user',
  hostname: 'the host name',
  network: 'the network',
  security: 'the security mode',
  platform: 'the platform',
  hosts: 'the list of extra hosts',
  ulimits: 'the list of ulimits',
  devices: 'the list of devices',
  shmSize: 'the size of /dev/shm',
  script: 'the script',
  epoch: 'SOURCE_DATE_EPOCH',
  mounts: 'the list of mounts',
}

function mountKey(mount: RunMount): KeyPart {
  switch (mount.type) {
    case 'bind':
      // The key of an input covers all of it: which one, and which path of it, has to be here.
      return [mount.type, mount.target, mount.readonly, mount.input, mount.source]
    case 'cache':
      return [
        ...[mount.type, mount.target, mount.readonly],
        ...(mount.input === undefined ? [] : [mount.input, mount.source]),
      ]
    case 'tmpfs':
      return [mount.type, mount.target, mount.size, mount.mode, mount.readonly]
    case 'secret':
      return [mount.type, mount.id, mount.target, mount.env, mount.required, mount.mode, mount.uid, mount.gid]
    case 'ssh':
      return [mount.type, mount.id, mount.target, mount.required, mount.mode, mount.uid, mount.gid]
  }
}
