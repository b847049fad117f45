<?php // Cookies say who one is; the database listens where the lab's `reach` leads.
$cfg['blowfish_secret'] = '0123456789abcdef0123456789abcdef';
$cfg['TempDir'] = __DIR__ . '/tmp/';
$cfg['Servers'][1] = ['auth_type' => 'cookie', 'host' => '127.0.0.1', 'port' => '13306', 'compress' => false, 'AllowNoPassword' => false];
