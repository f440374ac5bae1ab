import type { CiService } from './ci-service.ts'

/** Buildkite: a section reaches to the next one. https://buildkite.com/docs/pipelines/managing-log-output */
export const buildkite: CiService = {
  name: 'buildkite',
  marker: ['BUILDKITE', 'true'],
  checkout: 'BUILDKITE_BUILD_CHECKOUT_PATH',
  open: ({ title }) => `--- ${title.replaceAll(/[\r\n]+/g, ' ')}`,
  expand: () => '^^^ +++',
  disarm: (line) => line.replace(/^(?=(?:---|\+\+\+|~~~|\^\^\^) )/, ' '),
}
