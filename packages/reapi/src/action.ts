import { create } from '@bufbuild/protobuf'
import { type Blob, messageBlob, type Named, toWire } from './digest.ts'
import { ActionSchema, CommandSchema, DirectorySchema } from './generated/remote_execution_pb.ts'

/** A command, the files that it starts with, and the files that it makes. */
export interface ActionSpec {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Files of the input root. */
  readonly inputs: readonly InputFile[]
  /** Paths in the input root, relative. */
  readonly outputs: readonly string[]
  /** Demands on the worker. */
  readonly properties?: Readonly<Record<string, string>>
  /** Seconds. */
  readonly timeout?: number
  readonly doNotCache?: boolean
}

/** A file of an input root. */
export interface InputFile extends Named {
  /** Relative, with `/` between names. */
  readonly path: string
  readonly executable?: boolean
}

/** An action and the messages that describe it, which the server needs. */
export interface EncodedAction {
  readonly action: Named
  readonly messages: readonly Blob[]
}

/**
 * Encodes an action: equal specs are equal bytes, because everything that has no order is sorted as
 * REAPI wants.
 */
export function encodeAction(spec: ActionSpec): EncodedAction {
  const { root, messages } = encodeDirectory(spec.inputs)
  const platform = {
    properties: Object.entries(spec.properties ?? {})
      .map(([name, value]) => ({ name, value }))
      .sort(byName),
  }
  const outputs = [...spec.outputs].sort()
  const command = messageBlob(
    CommandSchema,
    create(CommandSchema, {
      arguments: [...spec.args],
      environmentVariables: Object.entries(spec.env ?? {})
        .map(([name, value]) => ({ name, value }))
        .sort(byName),
      outputFiles: outputs,
      outputPaths: outputs,
      platform,
    }),
  )
  const action = messageBlob(
    ActionSchema,
    create(ActionSchema, {
      commandDigest: toWire(command),
      inputRootDigest: toWire(root),
      platform,
      doNotCache: spec.doNotCache ?? false,
      ...(spec.timeout !== undefined && { timeout: { seconds: BigInt(Math.ceil(spec.timeout)) } }),
    }),
  )
  return { action, messages: [...messages, command, action] }
}

interface Node {
  readonly files: Map<string, InputFile>
  readonly directories: Map<string, Node>
}

function encodeDirectory(files: readonly InputFile[]): { readonly root: Blob; readonly messages: readonly Blob[] } {
  const root: Node = { files: new Map(), directories: new Map() }
  for (const file of files) {
    const names = file.path.split('/')
    const name = names.pop() ?? ''
    let node = root
    for (const directory of names) {
      const next: Node = node.directories.get(directory) ?? { files: new Map(), directories: new Map() }
      node.directories.set(directory, next)
      node = next
    }
    node.files.set(name, file)
  }
  const messages: Blob[] = []
  const encode = (node: Node): Blob => {
    const directories = [...node.directories].map(([name, child]) => ({ name, digest: toWire(encode(child)) }))
    const blob = messageBlob(
      DirectorySchema,
      create(DirectorySchema, {
        files: [...node.files]
          .map(([name, file]) => ({ name, digest: toWire(file), isExecutable: file.executable ?? false }))
          .sort(byName),
        directories: directories.sort(byName),
      }),
    )
    messages.push(blob)
    return blob
  }
  return { root: encode(root), messages }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))
}
