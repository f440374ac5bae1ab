import type { GuestMount, MountTable } from './mount-table.ts'
import { readCapabilities, type Process } from '../processes.ts'

/** Memory maps with the files as the guest names them (proc_pid_maps(5)). */
export function describeMaps(text: string, mounts: MountTable): string {
  return text.replace(/^([0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ +)(\/.*)$/gm, (line, start: string, path: string) => {
    const seen = mounts.fromHost(path)?.path
    return seen === undefined ? line : `${start}${seen}`
  })
}

/** Status with the ids and capabilities that the process has in the guest (proc_pid_status(5)). */
export function describeStatus(text: string, process: Process): string {
  const { user, group, groups } = process.credentials
  const { effective, permitted, inheritable } = readCapabilities(process)
  const set = (bits: bigint): string => bits.toString(16).padStart(16, '0')
  const ids = ({ real, effective, saved }: typeof user): string => [real, effective, saved, effective].join('\t')
  return text
    .replace(/^Umask:.*$/m, `Umask:\t${process.umask.toString(8).padStart(4, '0')}`)
    .replace(/^Uid:.*$/m, `Uid:\t${ids(user)}`)
    .replace(/^Gid:.*$/m, `Gid:\t${ids(group)}`)
    .replace(/^Groups:.*$/m, `Groups:\t${groups.map((id) => `${id} `).join('')}`)
    .replace(/^CapInh:.*$/m, `CapInh:\t${set(inheritable)}`)
    .replace(/^CapPrm:.*$/m, `CapPrm:\t${set(permitted)}`)
    .replace(/^CapEff:.*$/m, `CapEff:\t${set(effective)}`)
    .replace(/^NoNewPrivs:.*$/m, `NoNewPrivs:\t${process.credentials.hasNoNewPrivileges === true ? 1 : 0}`)
    .replace(/^CapBnd:.*$/m, `CapBnd:\t${set(process.bounding)}`)
}

/**
 * Arguments of a process (proc_pid_cmdline(5)): the interpreter of a script among them, unless the
 * process has written another first argument.
 */
export function describeArguments(text: string, { arguments: replaced }: Process): string {
  const first = `${replaced?.firstArgument ?? ''}\0`
  if (replaced?.firstArgument === undefined || !text.startsWith(first)) return text
  return `${replaced.leadingArguments.join('\0')}\0${text.slice(first.length)}`
}

/**
 * The mounts of the guest in the form of one of the files that list them (proc_pid_mounts(5),
 * proc_pid_mountinfo(5)).
 */
export function describeMounts(form: string, { all }: MountTable): string {
  const lines = all.map((mount, index) => {
    const target = escape(mount.target)
    const access = mount.readonly ? 'ro' : 'rw'
    const type = mount.type === 'proc' ? 'proc' : 'none'
    if (form === 'mountinfo')
      return `${index + 1} ${index === 0 ? 0 : 1} 0:1 ${escape(sourceName(mount))} ${target} ${access},relatime - ${type} none ${access}`
    return form === 'mounts'
      ? `none ${target} ${type} ${access},relatime 0 0`
      : `device none mounted on ${target} with fstype ${type}`
  })
  return lines.map((line) => `${line}\n`).join('')
}

/** Paths of the host are not the guest's to know. */
function sourceName({ type }: GuestMount): string {
  return type === 'file' ? '/file' : '/'
}

function escape(path: string): string {
  return path.replace(/[ \t\n\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
