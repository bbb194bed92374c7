"""The must-use plug-in that keeps our key, our content types and their fields in WordPress."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from exporters.dialects.wordpress.fields import PREFIX, ROUTES, meta_of, schema_of, suffix
from schemas import canonical
from schemas.model import LINKED_DATA, MARKER, content_type
from schemas.site import USUAL_PATHS, Site
from transport.files import write_atomic

FILE = "leopard.php"
LONGEST_TYPE = 20
"""Characters of a content type's name in WordPress."""
BUILT_IN = {"page": "page", "article": "post", "asset": "attachment", "topic": "category"}
"""What WordPress calls what it has of its own."""

_PHP = """\
<?php
/**
 * Plugin Name: Leopard
 * Description: Keeps the keys of Leopard's records, its content types and their fields, and prints their linked data. Written by `leopard channel setup`: to be put into wp-content/mu-plugins, and to be replaced whole, never edited.
 * Version: %(version)s
 */
defined( 'ABSPATH' ) || exit;

function leopard_model() {
	static $model;
	return $model ??= json_decode( <<<'JSON'
%(model)s
JSON, true );
}

function leopard_query( $args, $request ) {
	$keys = $request['%(marker)s'];
	if ( null !== $keys ) {
		$found = '*' === $keys ? [ 'compare' => 'EXISTS' ] : [ 'compare' => 'IN', 'value' => explode( ',', $keys ) ];
		$args['meta_query'][] = [ 'key' => '%(marker)s' ] + $found;
	}
	return $args;
}

add_action( 'init', function () {
	$may = fn() => current_user_can( 'edit_posts' );
	foreach ( leopard_model() as $type => $about ) {
		if ( isset( $about['route'] ) ) {
			register_post_type( $type, [
				'label' => $about['label'], 'public' => true, 'show_in_rest' => true, 'rest_base' => $about['route'],
				'rewrite' => [ 'slug' => $about['path'], 'with_front' => false ], 'taxonomies' => [ 'category', 'post_tag' ],
				'supports' => [ 'title', 'editor', 'excerpt', 'thumbnail', 'revisions', 'custom-fields' ],
			] );
		} elseif ( 'page' === $type ) {
			register_taxonomy_for_object_type( 'category', $type );
			register_taxonomy_for_object_type( 'post_tag', $type );
		}
		foreach ( $about['meta'] as $name => $schema ) {
			$absent = [ 'integer' => 0, 'number' => 0, 'boolean' => false ][ $schema['type'] ] ?? null;
			register_meta( 'category' === $type ? 'term' : 'post', $name, [
				'object_subtype' => $type, 'type' => $schema['type'], 'single' => true, 'auth_callback' => $may,
				'show_in_rest' => [ 'schema' => $schema ],
			] + ( null === $absent ? [] : [ 'default' => $absent ] ) );
		}
		add_filter( "rest_{$type}_query", 'leopard_query', 10, 2 );
		foreach ( $about['rules'] as $address => $query ) {
			add_rewrite_rule( $address, $query, 'top' );
		}
	}
	if ( '%(version)s' !== get_option( 'leopard_version' ) ) {
		flush_rewrite_rules( false );
		update_option( 'leopard_version', '%(version)s' );
	}
}, 99 );

add_action( 'wp_head', function () {
	$id   = get_queried_object_id();
	$kind = is_singular() && ! post_password_required( $id ) ? 'post' : ( is_category() ? 'term' : null );
	$data = $kind ? json_decode( (string) get_metadata( $kind, $id, '%(linked_data)s', true ) ) : null;
	if ( $data ) {
		$safe = JSON_HEX_TAG | JSON_HEX_AMP | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE;
		echo '<script type="application/ld+json">' . wp_json_encode( $data, $safe ) . "</script>\n";
	}
} );

function leopard_about() {
	global $wpdb;
	$posts = "SELECT DISTINCT p.post_type FROM $wpdb->postmeta m JOIN $wpdb->posts p ON p.ID = m.post_id WHERE m.meta_key = %%s";
	$terms = "SELECT DISTINCT t.taxonomy FROM $wpdb->termmeta m JOIN $wpdb->term_taxonomy t ON t.term_id = m.term_id WHERE m.meta_key = %%s";
	return [
		'version' => '%(version)s', 'category' => (int) get_option( 'default_category' ),
		'holds' => $wpdb->get_col( $wpdb->prepare( "$posts UNION $terms", '%(marker)s', '%(marker)s' ) ),
	];
}

add_action( 'rest_api_init', fn() => register_rest_route( 'leopard/v1', '/about', [
	'permission_callback' => fn() => current_user_can( 'edit_posts' ), 'callback' => 'leopard_about',
] ) );
"""  # noqa: E501


def plugin(kinds: Iterable[str], site: Site, locales: Sequence[str]) -> str:
    """The plug-in for these kinds and languages, as PHP. The same model gives the same file."""
    written = canonical.dump(_model(kinds, site, locales)).decode()
    named = {"marker": MARKER, "linked_data": f"{PREFIX}{LINKED_DATA}"}
    return _PHP % {"version": version(kinds, site, locales), "model": written, **named}


def written(path: Path, php: str) -> bool:
    """Write the plug-in, unless it is there as it should be."""
    if path.exists() and path.read_text() == php:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, [php.encode()])
    return True


def version(kinds: Iterable[str], site: Site, locales: Sequence[str]) -> str:
    """Tells one model, and one plug-in, from another."""
    return sha256(canonical.dump(_model(kinds, site, locales)) + _PHP.encode()).hexdigest()[:12]


def _model(kinds: Iterable[str], site: Site, locales: Sequence[str]) -> dict[str, Any]:
    return {BUILT_IN.get(kind, kind): _about(kind, site, locales) for kind in kinds}


def _about(kind: str, site: Site, locales: Sequence[str]) -> dict[str, Any]:
    key = {"type": "string", "context": ["edit"]}
    fields = {PREFIX + one.name: schema_of(one) for one in meta_of(kind)}
    about: dict[str, Any] = {"meta": {MARKER: key, **fields}, "rules": _rules(kind, site, locales)}
    if kind in ROUTES:
        return about
    route = content_type(kind).plural
    return {
        **about,
        "route": route,
        "label": route.capitalize().replace("_", " "),
        "path": path_of(kind, site),
    }


def _rules(kind: str, site: Site, locales: Sequence[str]) -> dict[str, str]:
    """The addresses to which our links lead, where WordPress has others: what each of them asks for."""
    path = path_of(kind, site)
    asks = {"page": "pagename=", "article": "name=", "topic": "category_name="}
    asked = f"index.php?{asks.get(kind, f'post_type={kind}&name=')}$matches[1]"
    own = {f"^{path}/([^/]+)/?$": asked} if kind in ("article", "topic") and path else {}
    if kind == "asset":
        return {}
    before = {tag: f"{tag}/{path}".rstrip("/") for tag in locales[1:]}
    return own | {f"^{start}/([^/]+)/?$": asked + suffix(tag) for tag, start in before.items()}


def path_of(kind: str, site: Site) -> str:
    """What stands before the slug in addresses of a kind; empty if nothing does."""
    usual = USUAL_PATHS.get(kind, f"/{kind}s/{{slug}}")
    return re.sub(r"\{slug\}.*", "", site.paths.get(kind, usual)).strip("/")
