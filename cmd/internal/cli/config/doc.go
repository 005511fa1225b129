// Package config reads cosemu's settings: a flag wins over the environment
// variable, which wins over the file, which wins over the default.
//
// A setting is a field of Settings. Its one name is --log-format as a flag,
// COSEMU_LOG_FORMAT as a variable and log_format in the file. A value is checked
// even where another place overrides it. An error names the flag, the variable,
// or file, line and key.
package config
