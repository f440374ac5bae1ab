import type { CiService, Section } from './ci-service.ts'

/**
 * GitLab CI: sections that fold.
 * https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
 */
export const gitlab: CiService = {
  name: 'gitlab',
  marker: ['GITLAB_CI', 'true'],
  checkout: 'CI_PROJECT_DIR',
  open: (section) => `${mark('start', section)}${section.title.replaceAll(/[\r\n]+/g, ' ')}`,
  close: (section) => mark('end', section),
  // A mark begins with an escape character, which text of others has lost; this breaks the rest.
  disarm: (line) => line.replaceAll(/section_(?=(?:start|end):)/g, 'section '),
}

function mark(side: 'start' | 'end', { number, time }: Section): string {
  return `\u001b[0Ksection_${side}:${Math.floor(time / 1000)}:tsbuild_${number}\r\u001b[0K`
}
