import { readDigest } from './descriptor.ts'
import {
  type ContainerConfig,
  containerConfigKeys,
  type HealthConfig,
  type HistoryEntry,
  type ImageConfig,
  imageConfigKeys,
} from './image-config.ts'
import { type JsonNode, parseJsonDocument } from './json-node.ts'
import { limits } from './limits.ts'
import { readPlatform } from './platform.ts'

const knownContainerKeys: ReadonlySet<string> = new Set(containerConfigKeys)

/**
 * Reads an image configuration, OCI's or Docker's, of at most 4 MiB and 1000 layers. Members
 * without a field of their own are kept: those at the top in `extra`, those of `config` in place.
 * Throws `OciError` `CONFIG_INVALID` naming the place.
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const document = parseJsonDocument(bytes, 'CONFIG_INVALID')
  const created = document.member('created')
  const author = document.member('author')
  const config = document.member('config')
  const history = document.member('history')
  const extra = document.unknownMembers(imageConfigKeys)
  return {
    ...readPlatform(document),
    ...(created && { created: readTime(created) }),
    ...(author && { author: author.text() }),
    ...(config && { config: readContainerConfig(config) }),
    rootfs: readRootfs(document.required('rootfs')),
    ...(history && { history: history.items(limits.history).map(readHistoryEntry) }),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

function readRootfs(node: JsonNode): ImageConfig['rootfs'] {
  const type = node.required('type')
  if (type.value !== 'layers') type.fail('"layers"')
  return { type: 'layers', diff_ids: node.list('diff_ids', limits.layers).map(readDigest) }
}

function readContainerConfig(node: JsonNode): ContainerConfig {
  const known: ContainerConfig = {
    ...readText(node, 'User'),
    ...readSet(node, 'ExposedPorts'),
    ...readTexts(node, 'Env'),
    ...readTexts(node, 'Entrypoint'),
    ...readTexts(node, 'Cmd'),
    ...readSet(node, 'Volumes'),
    ...readText(node, 'WorkingDir'),
    ...readField(node, 'Labels', (labels) => labels.textMap()),
    ...readText(node, 'StopSignal'),
    ...readField(node, 'ArgsEscaped', (flag) => flag.boolean()),
    ...readField(node, 'Healthcheck', readHealthConfig),
    ...readTexts(node, 'OnBuild'),
    ...readTexts(node, 'Shell'),
  }
  return { ...node.unknownMembers(knownContainerKeys), ...known }
}

function readHealthConfig(node: JsonNode): HealthConfig {
  const integer = (value: JsonNode): number => value.integer()
  return {
    ...readTexts(node, 'Test'),
    ...readField(node, 'Interval', integer),
    ...readField(node, 'Timeout', integer),
    ...readField(node, 'StartPeriod', integer),
    ...readField(node, 'StartInterval', integer),
    ...readField(node, 'Retries', integer),
  }
}

function readHistoryEntry(node: JsonNode): HistoryEntry {
  return {
    ...readField(node, 'created', readTime),
    ...readText(node, 'created_by'),
    ...readText(node, 'author'),
    ...readText(node, 'comment'),
    ...readField(node, 'empty_layer', (flag) => flag.boolean()),
  }
}

/** The field `key` alone, or nothing: made for spreading, so that absent members stay absent. */
function readField<const Key extends string, Value>(
  node: JsonNode,
  key: Key,
  read: (member: JsonNode) => Value,
): Partial<Record<Key, Value>> {
  const member = node.member(key)
  const fields: Partial<Record<Key, Value>> = {}
  if (member !== undefined) fields[key] = read(member)
  return fields
}

function readText<const Key extends string>(node: JsonNode, key: Key): Partial<Record<Key, string>> {
  return readField(node, key, (member) => member.text())
}

function readTexts<const Key extends string>(node: JsonNode, key: Key): Partial<Record<Key, readonly string[]>> {
  return readField(node, key, (member) => member.texts())
}

/** Go's `map[string]struct{}`: only the keys mean something. */
function readSet<const Key extends string>(
  node: JsonNode,
  key: Key,
): Partial<Record<Key, Record<string, Record<string, never>>>> {
  return readField(node, key, (member) => Object.fromEntries(member.entries().map(([name]) => [name, {}])))
}

function readTime(node: JsonNode): string {
  const text = node.text()
  const wellFormed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text)
  return wellFormed && !Number.isNaN(Date.parse(text)) ? text : node.fail('a time as in RFC 3339')
}
