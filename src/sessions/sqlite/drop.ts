/** How one item goes, with its words and whatever nobody else has. */
import type { DatabaseSync } from "node:sqlite";

/** @returns what drops the item `n` whose long body has this hash (`item.body_hash`) */
export function dropping(db: DatabaseSync): (n: number, bodyHash: unknown) => void {
  const blobsOf = db.prepare("SELECT hash FROM item_blob WHERE item = ?");
  const dropWords = db.prepare("DELETE FROM item_words WHERE rowid = ?");
  const dropItem = db.prepare("DELETE FROM item WHERE n = ?");
  const dropText = db.prepare(
    "DELETE FROM text WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM item WHERE body_hash = ?1)",
  );
  const dropBlob = db.prepare(
    "DELETE FROM blob WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM item_blob WHERE hash = ?1)",
  );
  return (n, bodyHash) => {
    const blobs = blobsOf.all(n).map(({ hash }) => hash as Uint8Array);
    dropWords.run(n);
    dropItem.run(n);
    if (bodyHash !== null) dropText.run(bodyHash as Uint8Array);
    for (const hash of blobs) dropBlob.run(hash);
  };
}
