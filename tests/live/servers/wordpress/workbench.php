<?php
/**
 * Plugin Name: Workbench
 * Description: For tests only. Empties the site at once, and shows what the editor makes of the blocks of a page.
 */
add_action( 'rest_api_init', fn() => register_rest_route( 'workbench/v1', '/empty', [
	'methods' => 'POST',
	'permission_callback' => fn() => current_user_can( 'manage_options' ),
	'callback' => function () {
		global $wpdb;
		foreach ( get_posts( [ 'post_type' => 'attachment', 'post_status' => 'any', 'numberposts' => -1, 'fields' => 'ids' ] ) as $id ) {
			wp_delete_attachment( $id, true );
		}
		foreach ( [ 'posts', 'postmeta', 'term_relationships', 'termmeta' ] as $table ) {
			$wpdb->query( "DELETE FROM {$wpdb->$table}" );
		}
		$wpdb->query( "DELETE FROM {$wpdb->term_taxonomy} WHERE taxonomy IN ('category', 'post_tag') AND term_id > 1" );
		$wpdb->query( "DELETE FROM {$wpdb->terms} WHERE term_id > 1" );
		wp_cache_flush();
		return [ 'empty' => true ];
	},
] ) );

add_action( 'template_redirect', function () {
	if ( ! isset( $_GET['judge'] ) ) {
		return;
	}
	$content = get_post( (int) $_GET['judge'] )->post_content;
	echo '<!doctype html><meta charset="utf-8"><title>Judged</title>';
	wp_print_scripts( [ 'wp-block-library' ] );
	?>
	<pre id="judged"></pre>
	<script>
	wp.blockLibrary.registerCoreBlocks();
	const all = blocks => blocks.flatMap( one => [
		{ name: one.name, valid: one.isValid, wrong: ( one.validationIssues || [] ).map( issue => issue.args.map( String ).join( ' ' ) ) },
		...all( one.innerBlocks )
	] );
	const found = all( wp.blocks.parse( <?php echo wp_json_encode( $content, JSON_HEX_TAG | JSON_HEX_AMP ); ?> ) );
	document.getElementById( 'judged' ).textContent = JSON.stringify( found );
	</script>
	<?php
	exit;
} );
