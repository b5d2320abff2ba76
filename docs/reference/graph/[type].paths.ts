import { graphPages } from '../../.vitepress/graph-pages.ts';

export default { paths: graphPages };
