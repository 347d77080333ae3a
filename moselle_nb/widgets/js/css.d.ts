/** Stylesheets are bundled next to their entry, into static/<entry>.css. */
declare module "*.css";
