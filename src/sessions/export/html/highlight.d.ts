/**
 * What is used of highlight.js. Its own types bring in those of a browser's page, for the whole project.
 * @see https://highlightjs.readthedocs.io/en/latest/api.html
 */
declare module "highlight.js/lib/common" {
  const highlighter: {
    highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { readonly value: string };
    getLanguage(name: string): object | undefined;
  };
  export default highlighter;
}
