/** Addresses as they may be shown. */

/** The address without the login that proxies' addresses may carry: `http://user:secret@host` is `http://***@host`. */
export function withoutLogin(address: string): string {
  return address.replace(/^([a-z][\w+.-]*:\/\/)?[^/?#]*@/i, "$1***@");
}
