import type { CiService } from './ci-service.ts'

/**
 * Azure Pipelines.
 * https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
 */
export const azure: CiService = {
  name: 'azure',
  marker: ['TF_BUILD', 'True'],
  checkout: 'BUILD_SOURCESDIRECTORY',
  open: ({ title }) => `##[group]${title.replaceAll(/[\r\n]+/g, ' ')}`,
  close: () => '##[endgroup]',
  annotate: ({ level, message, file, line, column }) => {
    const properties = Object.entries({ type: level, sourcepath: file, linenumber: line, columnnumber: column })
    const text = properties.flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${escape(String(value)).replaceAll(';', '%3B').replaceAll(']', '%5D')};`],
    )
    return `##vso[task.logissue ${text.join('')}]${escape(message)}`
  },
  mask: (text) => `##vso[task.setsecret]${escape(text)}`,
  disarm: (line) => line.replaceAll(/##(?=vso\[|\[)/g, '## '),
}

function escape(text: string): string {
  return text.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
