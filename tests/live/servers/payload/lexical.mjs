// Reads states of the editor (a JSON list) and writes what the editor makes of each when somebody opens and saves it.
import { buildConfig } from 'payload'
import { EXPERIMENTAL_TableFeature, editorConfigFactory, getEnabledNodes } from '@payloadcms/richtext-lexical'
import { createHeadlessEditor } from '@payloadcms/richtext-lexical/lexical/headless'
import { text } from 'node:stream/consumers'
import { collections, experimental } from './leopard.collections.mjs'

const config = await buildConfig({ secret: 'none', db: { init: () => ({}) }, collections, experimental })
const features = ({ defaultFeatures }) => [...defaultFeatures, EXPERIMENTAL_TableFeature()]
const editorConfig = await editorConfigFactory.fromFeatures({ config, features })

const saved = JSON.parse(await text(process.stdin)).map((state) => {
  const errors = []
  const onError = (error) => errors.push(String(error))
  const editor = createHeadlessEditor({ nodes: getEnabledNodes({ editorConfig }), onError })
  editor.setEditorState(editor.parseEditorState(state))
  editor.update(() => {}, { discrete: true })
  return errors.length ? errors : editor.getEditorState().toJSON()
})
process.stdout.write(JSON.stringify(saved))
