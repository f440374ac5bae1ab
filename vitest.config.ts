import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/**
 * `unit` is everything beside the code. `e2e` runs whole builds: few at a time, because each one
 * wants a core, and after the quick ones. Timeouts only end tests that hang: a busy machine needs
 * far less.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Many tests wait for other processes; the default on two processors is one worker.
          maxWorkers: Math.max(3, availableParallelism() - 1),
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/*/**/*.test.ts', 'examples/**/*.test.ts'],
          globalSetup: 'test/support/bundle-program.ts',
          testTimeout: 300_000,
          hookTimeout: 600_000,
          maxWorkers: Math.max(3, Math.ceil(availableParallelism() / 2)),
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
