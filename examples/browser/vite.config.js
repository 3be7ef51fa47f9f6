// The models that come with the package are served as they are: /land-use/config.json and so on.
export default { publicDir: 'node_modules/vision-longformer/models/zoo' };
