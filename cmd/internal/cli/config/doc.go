// Package config finds cosemu's settings: flags before environment variables
// before the file before the defaults, setting by setting.
//
// A setting has one name, written the way each place writes names:
// --log-format, COSEMU_LOG_FORMAT, log_format. What it may hold is checked
// where it stands, also in a place that another one overrides, and an error
// names that place: the flag, the variable, or file, line and key.
package config
