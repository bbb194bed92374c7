<?php
// A private server for tests: its address and its folder come from the environment.
$leopard_work = getenv('LEOPARD_WORK');
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', "localhost:$leopard_work/database.sock");
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('DB_DIR', "$leopard_work/database/");
define('DB_FILE', 'wordpress.sqlite');
define('WP_HOME', getenv('LEOPARD_URL'));
define('WP_SITEURL', getenv('LEOPARD_URL'));
define('WP_ENVIRONMENT_TYPE', 'local'); // application passwords without https
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('FS_METHOD', 'direct');
define('WP_DEBUG', false);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $leopard_name) {
	define("{$leopard_name}_KEY", "only for tests, $leopard_name");
	define("{$leopard_name}_SALT", "only for tests, salt of $leopard_name");
}
$table_prefix = 'wp_';
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
