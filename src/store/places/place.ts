/** Place of an image to read. */
export type ImageEndpoint =
  | { readonly kind: 'store'; readonly reference: string }
  | { readonly kind: 'registry'; readonly reference: string }
  /** `tag` is absent for the only image of a layout. */
  | { readonly kind: 'layout'; readonly directory: string; readonly tag?: string }
  /** A place that skopeo reads and writes, such as `containers-storage:localhost/app:1`. */
  | { readonly kind: 'skopeo'; readonly reference: string }
  /** A file for `docker load` or with an OCI layout. Reading finds out which; `name` as `tag`. */
  | { readonly kind: 'archive'; readonly file: string; readonly name?: string }

/** Source or destination of a copied image. */
export type CopyEndpoint =
  | Exclude<ImageEndpoint, { readonly kind: 'archive' }>
  /** `format` counts for writing. */
  | (Extract<ImageEndpoint, { readonly kind: 'archive' }> & { readonly format: 'oci' | 'docker' })

/** A place as its user wrote it, for messages. */
export function formatPlace(place: ImageEndpoint): string {
  switch (place.kind) {
    case 'store':
    case 'registry':
    case 'skopeo':
      return place.reference
    case 'layout':
      return place.tag === undefined ? place.directory : `${place.directory}:${place.tag}`
    case 'archive':
      return place.file
  }
}
