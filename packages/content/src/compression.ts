/** How a layer is stored. `level`: gzip 0–9, zstd 1–22; absent is the default of tsbuild. */
export type Compression = { readonly type: 'none' } | { readonly type: 'gzip' | 'zstd'; readonly level?: number }
