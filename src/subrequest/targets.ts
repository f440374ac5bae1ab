import { parseFile } from '../frontend/parse-file.ts'
import type { SubrequestAnswer } from './subrequest-answer.ts'
import type { SubrequestInput } from './subrequest-input.ts'
import { columns } from './columns.ts'
import { docComment } from './doc-comment.ts'
import { linesIn, toLocation } from './location.ts'

/**
 * Lists the stages of a Dockerfile; the last is the default target. No image is requested. Throws
 * `DockerfileError`.
 */
export async function targets({ source }: Pick<SubrequestInput, 'source'>): Promise<SubrequestAnswer> {
  const dockerfile = parseFile(source)
  const lines = linesIn(dockerfile)
  const listed = dockerfile.stages.map(({ index, from }) => {
    const description = docComment(from.comments, from.alias)
    return {
      ...(from.alias !== undefined && { name: from.alias }),
      ...(index === dockerfile.stages.length - 1 && { default: true }),
      ...(description !== undefined && { description }),
      base: from.image,
      ...(from.platform !== undefined && { platform: from.platform }),
      location: toLocation(lines(from.range)),
    }
  })
  const rows = listed.map(({ name = '', description = '', ...stage }) => {
    const marks = stage.default ? [name, '(default)'] : [name]
    return [marks.filter((word) => word !== '').join(' '), description]
  })
  return {
    text: columns([['TARGET', 'DESCRIPTION'], ...rows], 1),
    json: { targets: listed, sources: [Buffer.from(source.text).toString('base64')] },
    notes: [],
    failed: false,
  }
}
