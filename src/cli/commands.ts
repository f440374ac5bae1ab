import type { CommandEntry } from './command-entry.ts'
import { placeCommands } from './place-commands.ts'

const building = 'Build'
const images = 'Images in the local store'
const moving = 'Registries and archives'
const upkeep = 'Maintenance'

/** Every command by name, in the order of the help. */
export const commands: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  [
    'build',
    {
      summary: 'build an image (the default)',
      group: building,
      load: async () => (await import('./commands/build.ts')).buildCommand,
    },
  ],
  [
    'plan',
    {
      summary: 'show which steps a build would run, and why',
      group: building,
      load: async () => (await import('./commands/plan.ts')).planCommand,
    },
  ],
  [
    'graph',
    {
      summary: 'print the steps of a build as a graph',
      group: building,
      load: async () => (await import('./commands/dockerfile/graph.ts')).graphCommand,
    },
  ],
  [
    'fmt',
    {
      summary: 'format Dockerfiles',
      group: building,
      load: async () => (await import('./commands/dockerfile/fmt.ts')).fmtCommand,
    },
  ],
  [
    'images',
    {
      summary: 'list images',
      group: images,
      load: async () => (await import('./commands/store/images.ts')).imagesCommand,
    },
  ],
  [
    'inspect',
    {
      summary: 'show the manifest and config of an image',
      group: images,
      load: async () => (await import('./commands/store/inspect.ts')).inspectCommand,
    },
  ],
  [
    'history',
    {
      summary: 'show how an image was built',
      group: images,
      load: async () => (await import('./commands/store/history.ts')).historyCommand,
    },
  ],
  [
    'report',
    {
      summary: 'write a page about an image: layers, files, packages',
      group: images,
      load: async () => (await import('./commands/store/report.ts')).reportCommand,
    },
  ],
  [
    'diff',
    {
      summary: 'show what differs between two images',
      group: images,
      load: async () => (await import('./commands/store/diff.ts')).diffCommand,
    },
  ],
  [
    'tag',
    {
      summary: 'add a tag to an image',
      group: images,
      load: async () => (await import('./commands/store/tag.ts')).tagCommand,
    },
  ],
  [
    'rm',
    {
      summary: 'remove tags from images, or images from registries',
      group: images,
      load: async () => (await import('./commands/store/rm.ts')).rmCommand,
    },
  ],
  [
    'push',
    {
      summary: 'push images to their registries',
      group: moving,
      load: async () => (await import('./commands/push.ts')).pushCommand,
    },
  ],
  [
    'pull',
    {
      summary: 'pull images into the local store',
      group: moving,
      load: async () => (await import('./commands/pull.ts')).pullCommand,
    },
  ],
  [
    'copy',
    {
      summary: 'copy an image between store, registries, layouts and archives',
      group: moving,
      load: async () => (await import('./commands/copy.ts')).copyCommand,
    },
  ],
  ...placeCommands.map(([name, entry]) => [name, { ...entry, group: moving }] as const),
  [
    'save',
    {
      summary: 'write images to an archive',
      group: moving,
      load: async () => (await import('./commands/store/save.ts')).saveCommand,
    },
  ],
  [
    'load',
    {
      summary: 'read images from an archive',
      group: moving,
      load: async () => (await import('./commands/store/load.ts')).loadCommand,
    },
  ],
  [
    'index',
    {
      summary: 'create or show an index of images for several platforms',
      group: moving,
      load: async () => (await import('./commands/image-index.ts')).indexCommand,
    },
  ],
  [
    'imagetools',
    {
      summary: 'show and join images in registries',
      group: moving,
      load: async () => (await import('./commands/imagetools.ts')).imagetoolsCommand,
    },
  ],
  [
    'registry',
    {
      summary: 'run a registry, or free room in it',
      group: moving,
      load: async () => (await import('./commands/registry/registry.ts')).registryCommand,
    },
  ],
  [
    'login',
    {
      summary: 'store a credential for a registry',
      group: moving,
      load: async () => (await import('./commands/login.ts')).loginCommand,
    },
  ],
  [
    'logout',
    {
      summary: 'remove a credential',
      group: moving,
      load: async () => (await import('./commands/logout.ts')).logoutCommand,
    },
  ],
  [
    'du',
    { summary: 'show disk usage', group: upkeep, load: async () => (await import('./commands/store/du.ts')).duCommand },
  ],
  [
    'prune',
    {
      summary: 'remove unused data',
      group: upkeep,
      load: async () => (await import('./commands/store/prune.ts')).pruneCommand,
    },
  ],
  [
    'doctor',
    {
      summary: 'check this machine, the store or the way to an image',
      group: upkeep,
      load: async () => (await import('./commands/doctor.ts')).doctorCommand,
    },
  ],
  [
    'info',
    {
      summary: 'show the version, the store and the isolation of RUN',
      group: upkeep,
      load: async () => (await import('./commands/info.ts')).infoCommand,
    },
  ],
  [
    'version',
    {
      summary: 'print the version',
      group: upkeep,
      load: async () => (await import('./commands/version.ts')).versionCommand,
    },
  ],
  [
    'completion',
    {
      summary: 'print a script for bash, zsh or fish that completes commands',
      group: upkeep,
      load: async () => {
        const { completionCommand } = await import('./commands/completion/completion.ts')
        return (invocation) => completionCommand(invocation, commands)
      },
    },
  ],
])
