/** Pictures in requests. */

/** Those that the API takes. */
const TAKEN: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);

/** The `data:` address by which a picture goes along; undefined for what is none that upstream takes. */
export function pictureUrl(mimeType: string | undefined, base64: string): string | undefined {
  return mimeType !== undefined && TAKEN.has(mimeType) ? `data:${mimeType};base64,${base64}` : undefined;
}
