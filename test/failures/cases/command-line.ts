import type { FailureCase } from '../case.ts'

const dockerfile = 'FROM scratch\nLABEL a=b\n'
const flags = (name: string, ...args: readonly string[]): FailureCase => ({ name, dockerfile, args: ['build', ...args, '.'] })
const call = (name: string, ...args: readonly string[]): FailureCase => ({ name, args })

/** Flags, their values, and commands. */
export const commandLineFailures: readonly FailureCase[] = [
  flags('flag-mistyped', '--taget', 'app'),
  flags('flag-far-off', '--verbose'),
  flags('flag-of-docker', '--cgroup-parent', 'x'),
  flags('short-flag', '-x'),
  flags('flag-without-value', '--target'),
  { name: 'value-missing-at-the-end', dockerfile, args: ['build', '.', '-t'] },
  flags('boolean-flag', '--push=maybe'),
  flags('platform', '--platform', 'linux/amd46/v9/x'),
  flags('platform-mistyped', '--platform', 'linux/amd46'),
  flags('progress', '--progress', 'plian'),
  flags('progress-tty', '--progress', 'tty'),
  flags('network', '--network', 'hots'),
  flags('allow', '--allow', 'network.hsot'),
  flags('isolation', '--isolation', 'chrot'),
  flags('shm-size', '--shm-size', '64mbit'),
  flags('ulimit', '--ulimit', 'nofile'),
  flags('add-host', '--add-host', 'db:10.0.0'),
  flags('build-arg', '--build-arg', '=1'),
  flags('label', '--label', '=1'),
  flags('secret-key', '--secret', 'id=token,scr=token.txt'),
  flags('secret-without-id', '--secret', 'src=token.txt'),
  flags('secret-file-missing', '--secret', 'id=token,src=token.txt'),
  flags('secret-type', '--secret', 'id=token,type=fiel'),
  flags('ssh-without-agent', '--ssh', 'default'),
  flags('ssh-key-missing', '--ssh', 'default=id_ed25519'),
  flags('call', '--call', 'outlien'),
  flags('call-format', '--call', 'check,format=yaml'),
  { name: 'progress-json-and-a-wrong-flag', dockerfile, args: ['build', '--progress=json', '--taget', 'app', '.'] },
  call('command-ls', 'ls'),
  call('command-ps', 'ps'),
  call('command-rmi', 'rmi', 'app'),
  call('command-far-off', 'exec'),
  call('command-flag', 'images', '--forat', 'json'),
  call('argument-missing', 'tag', 'app'),
  call('argument-too-many', 'history', 'a', 'b'),
  call('sub-command', 'index', 'creat', 'a', 'b'),
  call('prune-duration', 'prune', '--older-than', '3 days'),
  call('copy-endpoint', 'copy', 'oci:', 'store:a'),
  call('login-without-password', 'login', 'registry.example'),
]
