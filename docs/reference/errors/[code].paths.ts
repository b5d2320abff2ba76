import { errorPages } from '../../.vitepress/error-pages.ts';

export default { paths: errorPages };
