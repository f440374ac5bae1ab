import { oneChunk } from '@tsbuild/content'
import { hostPlatform } from '@tsbuild/oci'
import type { ActionSpec, Blob, InputFile } from '@tsbuild/reapi'
import type { Snapshot } from '../layer/layer.ts'
import type { RootfsMount, RootfsProcess } from '../rootfs/protocol/provider.ts'
import type { InputLayers } from './input-layers.ts'
import { platformProperties } from './platform-properties.ts'
import type { RemoteOptions } from './remote-options.ts'
import type { Upload } from './uploads.ts'
import { type WorkerProgram, workerPath } from './worker-program.ts'
import { layerFile, taskFiles, type TaskMount, taskVersion, type WorkerTask } from './worker-task.ts'

/** A step as an action, and the contents that it needs. */
export interface StepAction {
  readonly spec: ActionSpec
  readonly uploads: readonly Upload[]
}

export interface StepParts {
  readonly snapshot: Snapshot
  readonly process: RootfsProcess
  readonly form: Pick<WorkerTask, 'compression' | 'epoch' | 'isolation' | 'limits'>
}

/**
 * Describes a step as an action: the program, the step as data, the layers by digest. Equal steps
 * are equal actions on every machine that has the layers in the same form.
 */
export async function describeStep(
  { snapshot, process: given, form }: StepParts,
  {
    layers: known,
    options,
    programFor,
    nameBytes,
  }: {
    readonly layers: InputLayers
    readonly options: RemoteOptions
    programFor(architecture: string): Promise<WorkerProgram>
    nameBytes(bytes: Uint8Array): Blob
  },
): Promise<StepAction> {
  const { mounts, ledger: _, ...process } = given
  const architecture = process.architecture ?? hostPlatform().architecture
  const program = await programFor(architecture)
  const mounted = mounts.flatMap((mount) => (mount.type === 'snapshot' ? [mount.snapshot] : []))
  const { layers, snapshots } = await known.number([snapshot, ...mounted])
  const [root = [], ...numbers] = snapshots
  const task: WorkerTask = {
    version: taskVersion,
    layers: layers.map(({ id, diffId, blob }) => ({ id, diffId, blob })),
    snapshot: root,
    process: { ...process, architecture },
    mounts: mounts.map((mount) => taskMount(mount, numbers)),
    ...form,
    ...(options.workerStore !== undefined && { store: options.workerStore }),
  }
  const text = nameBytes(Buffer.from(JSON.stringify(task)))
  const inputs: InputFile[] = [
    ...program.files,
    { ...text, path: taskFiles.task },
    ...layers.map(({ blob }) => ({ ...blob, path: layerFile(blob) })),
  ]
  return {
    spec: {
      args: program.args,
      env: { PATH: workerPath },
      inputs,
      outputs: [taskFiles.result, taskFiles.layer],
      properties: platformProperties(architecture, options.properties),
      ...(options.timeout !== undefined && { timeout: options.timeout }),
    },
    uploads: [
      ...program.files,
      ...layers.map(({ blob, open }) => ({ ...blob, open })),
      { ...text, open: () => oneChunk(text.bytes) },
    ],
  }
}

/** Takes the numbers of its snapshot off `numbers`. */
function taskMount(mount: RootfsMount, numbers: (readonly number[])[]): TaskMount {
  switch (mount.type) {
    case 'tmpfs':
      return mount
    case 'file':
      return { ...mount, content: Buffer.from(mount.content).toString('base64') }
    case 'snapshot':
      return { ...mount, snapshot: numbers.shift() ?? [] }
    default:
      throw new TypeError(`a mount of type ${mount.type} cannot be made on another machine`)
  }
}
