/** A browser as far as a login needs one: it goes where it is sent, and shows the page at the end. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function browse(address: URL, redirect: "follow" | "manual" = "follow"): Promise<Page> {
  const response = await fetch(address, { redirect });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
