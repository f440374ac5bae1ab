import type { CommandEntry } from './command-entry.ts'

/** Commands for images in any place: registries, the store, layouts and archives. */
export const placeCommands: readonly (readonly [string, Omit<CommandEntry, 'group'>])[] = [
  [
    'digest',
    {
      summary: 'print the digest of an image',
      load: async () => (await import('./commands/places/digest.ts')).digestCommand,
    },
  ],
  [
    'tags',
    {
      summary: 'list the tags of a repository',
      load: async () => (await import('./commands/places/tags.ts')).tagsCommand,
    },
  ],
  [
    'referrers',
    {
      summary: 'list signatures and other artifacts of an image',
      load: async () => (await import('./commands/places/referrers.ts')).referrersCommand,
    },
  ],
  [
    'sync',
    {
      summary: 'copy the images of a list',
      load: async () => (await import('./commands/places/sync.ts')).syncCommand,
    },
  ],
  [
    'validate',
    {
      summary: 'check all content of an image',
      load: async () => (await import('./commands/places/validate.ts')).validateCommand,
    },
  ],
  [
    'annotate',
    {
      summary: 'change the annotations of an image',
      load: async () => (await import('./commands/places/annotate.ts')).annotateCommand,
    },
  ],
  [
    'append',
    {
      summary: 'add tar archives to an image as layers',
      load: async () => (await import('./commands/places/append.ts')).appendCommand,
    },
  ],
  [
    'rebase',
    {
      summary: 'replace the base of an image',
      load: async () => (await import('./commands/places/rebase.ts')).rebaseCommand,
    },
  ],
]
