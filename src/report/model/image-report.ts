import type { Digest } from '@tsbuild/oci'
import type { FileSum } from './comparison.ts'

/** A regular file that a layer has. */
export interface ReportedFile {
  /** Without a leading slash. Bytes that are not UTF-8 are U+DC80 to U+DCFF. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Number of its layer, from 0. */
  readonly layer: number
  /** Absent for a file that a container sees. */
  readonly hidden?: HiddenFile
}

/** Reason why a file of a layer is in no container. */
export interface HiddenFile {
  /** Number of the layer that hides it, from 0. */
  readonly layer: number
  /** `repeated`: replaced by the same bytes, as `chmod` and `chown` in a later step do. */
  readonly cause: 'removed' | 'replaced' | 'repeated'
}

/** One layer of an image. */
export interface ReportedLayer {
  readonly digest: Digest
  readonly diffId: Digest
  /** Bytes as published. */
  readonly size: number
  /** The step that made it, from the history of the image. */
  readonly createdBy?: string
  /** RFC 3339. */
  readonly created?: string
  /** Regular files, and their bytes. */
  readonly files: FileSum
  /** Files that later layers hide, and their bytes. */
  readonly hidden: FileSum
  readonly directories: number
  /** Symbolic and hard links. */
  readonly links: number
  /** Paths of lower layers that it removes. */
  readonly removals: number
}

/** A package that is installed in an image. */
export interface InstalledPackage {
  /** Ecosystem, such as `deb` or `npm`. */
  readonly type: string
  readonly name: string
  readonly version?: string
  /** As the package spells it. */
  readonly license?: string
  /** The file that names the package, without a leading slash. */
  readonly source: string
  /** Number of the layer that has the file, from 0. */
  readonly layer?: number
}

/** Layers, files, packages and settings of the image of one platform. */
export interface ImageReport extends DescribedImage {
  readonly formatVersion: 1
  /** As the caller named it. */
  readonly name: string
  /** Of the manifest. */
  readonly digest: Digest
}

/** The part of a report that also exists for a file system without a manifest. */
export interface DescribedImage {
  /** `os/arch[/variant]`. */
  readonly platform: string
  /** RFC 3339. */
  readonly created?: string
  /** Bytes of the layers as published. */
  readonly size: number
  /** Regular files that a container sees, and their bytes. */
  readonly files: FileSum
  /** Files that later layers hide, and their bytes. */
  readonly hidden: FileSum
  /** The lowest first. */
  readonly layers: readonly ReportedLayer[]
  /** Files of all layers, the largest first. */
  readonly largest: readonly ReportedFile[]
  /** Files that `largest` leaves out, and their bytes. */
  readonly leftOut: FileSum
  readonly settings: readonly { readonly name: string; readonly value: string }[]
  readonly packages: readonly InstalledPackage[]
  /** Remarks for people about parts that are left out. */
  readonly notes: readonly string[]
}
