import type { CapabilitySets, Credentials, CredentialStore, ProcessReader } from '../listener/credentials.ts'
import { type FileKey, RunningPrograms } from './running-programs.ts'
import type { FileStatus } from '../listener/tracee.ts'
import type { LoadedProgram } from './loader/load-plan.ts'

/** An open directory that processes share. */
export class Directory {
  readonly fd: number
  readonly #close: (fd: number) => void
  #users = 1

  /** Takes over `fd`. */
  constructor(fd: number, close: (fd: number) => void) {
    this.fd = fd
    this.#close = close
  }

  share(): this {
    this.#users += 1
    return this
  }

  release(): void {
    this.#users -= 1
    if (this.#users === 0) this.#close(this.fd)
  }
}

/** Arguments of a script's interpreter in place of the first one, which is all the kernel knows. */
export type ReplacedArguments = Pick<LoadedProgram, 'leadingArguments' | 'firstArgument'>

/** State that a process gets from its parent. */
export interface Inherited {
  readonly credentials: Credentials
  /** Permission bits that it takes from new files. */
  readonly umask: number
  /** Capabilities that root has in programs it executes (capabilities(7), bounding set). */
  readonly bounding: bigint
  /** Path of its program in the guest; undefined before the first one. */
  readonly program: string | undefined
  /** File of that program. */
  readonly programFile?: FileKey | undefined
  readonly arguments?: ReplacedArguments | undefined
  readonly cwd: Directory
  /** Root directory inside the guest's own, chosen by chroot(2); absent for that one. */
  readonly root?: Directory | undefined
}

/** Reads /proc of the processes. */
export interface FamilyReader extends Omit<ProcessReader, 'children'> {
  /** Moment at which a process started, in units of its own; undefined when it has ended. */
  startOf(leader: number): string | undefined
  /** Children that threads of a process have started. */
  childrenOf(leader: number, threads: Iterable<number>): readonly number[]
  /** True for a process with a program; false also for one that its parent has not waited for. */
  hasProgram(leader: number): boolean
}

/** A supervised process, as it sees itself. */
export class Process {
  readonly leader: number
  /** Moment of its start: a later process may have the same id. */
  readonly started: string | undefined
  credentials: Credentials
  umask: number
  bounding: bigint
  /** Path of its program in the guest; undefined before the first one. */
  program: string | undefined
  programFile: FileKey | undefined
  arguments: ReplacedArguments | undefined
  /** Program that its next `execve` has chosen, until the loader asks for it. */
  loading: LoadedProgram | undefined
  /** Index of the loader file it was started from, and of the one that its next program is. */
  loader: number | undefined
  chosenLoader: number | undefined
  readonly threads = new Set<number>()
  #cwd: Directory
  #root: Directory | undefined

  /** A child has what its parent has. Takes over `cwd` and `root`. */
  constructor(leader: number, from: Inherited, started?: string) {
    this.leader = leader
    this.started = started
    this.credentials = from.credentials
    this.umask = from.umask
    this.bounding = from.bounding
    this.program = from.program
    this.programFile = from.programFile
    this.arguments = from.arguments
    this.#cwd = from.cwd
    this.#root = from.root
  }

  get cwd(): Directory {
    return this.#cwd
  }

  /** Takes over another working directory. */
  enter(directory: Directory): void {
    this.#cwd.release()
    this.#cwd = directory
  }

  get root(): Directory | undefined {
    return this.#root
  }

  /** Takes over another root directory; undefined for the guest's own. */
  changeRoot(directory: Directory | undefined): void {
    this.#root?.release()
    this.#root = directory
  }

  end(): void {
    this.#cwd.release()
    this.#root?.release()
  }
}

/** New threads between two sweeps: far fewer than there are process ids, which are used in turn. */
const sweepEvery = 1024

/**
 * All processes below the first one. A process is noted when it makes its first trapped call; it
 * then inherits from its parent. Before a process changes what children inherit, or ends, its
 * children are noted.
 */
export class ProcessTable implements CredentialStore {
  readonly #reader: FamilyReader
  readonly #first: Inherited
  /** State of a process whose parent was killed before it made a call. */
  #orphan: Inherited
  readonly #onEnd: (process: Process) => void
  readonly #programs = new RunningPrograms()
  readonly #byLeader = new Map<number, Process>()
  readonly #byThread = new Map<number, Process>()
  #sinceSweep = 0
  #allAreRoot: boolean

  /** `first`: state of the first process. */
  constructor(reader: FamilyReader, first: Inherited, onEnd: (process: Process) => void) {
    this.#reader = reader
    this.#first = first
    this.#orphan = first
    this.#allAreRoot = isRoot(first.credentials)
    this.#onEnd = onEnd
  }

  /** The process of a thread that has made a call. */
  of(thread: number): Process {
    const known = this.#byThread.get(thread)
    if (known !== undefined) return known
    this.#sinceSweep += 1
    if (this.#sinceSweep > sweepEvery) this.#sweep()
    const relatives = this.#reader.relatives(thread)
    const process = this.#note(relatives?.leader ?? thread, relatives)
    this.#byThread.set(thread, process)
    process.threads.add(thread)
    return process
  }

  /** No process has ever been another user, or had another root directory. */
  get allAreRoot(): boolean {
    return this.#allAreRoot
  }

  /** Gives a process the credentials of the program that it executes. */
  adopt(process: Process, credentials: Credentials): void {
    if (!isRoot(credentials)) {
      this.#allAreRoot = false
      // It may be a child of this user, who must not become root by it.
      if (!credentials.privileged) this.#orphan = { ...this.#first, credentials }
    }
    process.credentials = credentials
  }

  /** Takes over another root directory of a process; undefined for the guest's own. */
  changeRoot(process: Process, directory: Directory | undefined): void {
    if (directory !== undefined) this.#allAreRoot = false
    process.changeRoot(directory)
  }

  get(thread: number): Credentials {
    return this.of(thread).credentials
  }

  set(thread: number, credentials: Credentials): void {
    const process = this.of(thread)
    this.noteChildren(process, thread)
    this.adopt(process, credentials)
  }

  /** A supervised process by its id; undefined for all others. */
  find(leader: number): Process | undefined {
    return this.#known(leader) ?? (this.#isDescendant(leader) ? this.#note(leader) : undefined)
  }

  /** Ids of all noted processes that have not ended. */
  leaders(): readonly number[] {
    return [...this.#byLeader.keys()].filter((leader) => this.#known(leader) !== undefined)
  }

  /** Notes the children of a process, which is about to change or to end. */
  noteChildren(process: Process, thread: number): void {
    const threads = new Set([process.leader, thread, ...process.threads])
    for (const child of this.#reader.childrenOf(process.leader, threads)) this.#note(child)
  }

  /** Notes that a process executes another program. */
  execute(process: Process, loaded: LoadedProgram): void {
    this.#programs.end(process.programFile, process.leader)
    this.#programs.begin(loaded.file, process.leader)
    process.program = loaded.guestPath
    process.programFile = loaded.file
    process.arguments = loaded
  }

  /** True for a file that a process executes. */
  isExecuted(file: FileStatus): boolean {
    return this.#programs.has(file, (leader) => this.#reader.hasProgram(leader))
  }

  /** Forgets a process that ends. */
  end(thread: number): void {
    const process = this.of(thread)
    this.noteChildren(process, thread)
    this.#forget(process)
  }

  /** `relatives`: those of one of its threads, where they are known. */
  #note(leader: number, relatives?: { readonly parent: number }): Process {
    const known = this.#known(leader)
    if (known !== undefined) return known
    const parent = (relatives ?? this.#reader.relatives(leader))?.parent ?? 0
    const process = new Process(
      leader,
      inherited(this.find(parent) ?? (this.#byLeader.size === 0 ? this.#first : this.#orphan)),
      this.#reader.startOf(leader),
    )
    this.#byLeader.set(leader, process)
    this.#programs.begin(process.programFile, leader)
    return process
  }

  /**
   * A noted process that has not ended. One that was killed is forgotten: its id may be that of a
   * process outside by now.
   */
  #known(leader: number): Process | undefined {
    const process = this.#byLeader.get(leader)
    if (process === undefined) return undefined
    const started = this.#reader.startOf(leader)
    if (started !== undefined && started === process.started) return process
    this.#forget(process)
    return undefined
  }

  /** Below a noted process. Ids are bounded by the number of ancestors. */
  #isDescendant(leader: number): boolean {
    for (let id = leader; id > 1; id = this.#reader.relatives(id)?.parent ?? 0)
      if (this.#known(id) !== undefined) return true
    return false
  }

  #sweep(): void {
    this.#sinceSweep = 0
    for (const process of this.#byLeader.values()) {
      if (this.#known(process.leader) !== undefined)
        for (const thread of process.threads) if (!this.#reader.exists(thread)) this.#forgetThread(process, thread)
    }
  }

  #forget(process: Process): void {
    this.#byLeader.delete(process.leader)
    for (const thread of process.threads) this.#forgetThread(process, thread)
    process.end()
    this.#programs.end(process.programFile, process.leader)
    this.#onEnd(process)
  }

  #forgetThread(process: Process, thread: number): void {
    process.threads.delete(thread)
    if (this.#byThread.get(thread) === process) this.#byThread.delete(thread)
  }
}

function isRoot({ privileged, user }: Credentials): boolean {
  return privileged && user.real === 0 && user.effective === 0
}

function inherited(parent: Inherited): Inherited {
  const { credentials, umask, bounding, program, programFile } = parent
  const [cwd, root] = [parent.cwd.share(), parent.root?.share()]
  return { credentials, umask, bounding, program, programFile, arguments: parent.arguments, cwd, root }
}

/** The sets of a process: those of root, unless it has chosen others or is not privileged. */
export function readCapabilities({ credentials, bounding }: Process): CapabilitySets {
  const own = credentials.privileged ? bounding : 0n
  return credentials.capabilities ?? { effective: own, permitted: own, inheritable: 0n }
}
