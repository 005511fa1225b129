package config

import (
	"log/slog"
	"time"

	"github.com/cosemu/cosemu/emulator"
)

// The key pair, bucket, account and addresses when nothing is configured.
const (
	DefaultSecretID  = emulator.DefaultSecretID
	DefaultSecretKey = emulator.DefaultSecretKey
	DefaultBucket    = emulator.DefaultBucket
	DefaultAppID     = "1250000000"
	DefaultListen    = "127.0.0.1:9000"
	DefaultConsole   = "127.0.0.1:9001"
)

// Settings is the configuration once all places were weighed.
type Settings struct {
	// Listen is host:port of the COS API; port 0 lets the system choose.
	Listen string
	// TLSListen is host:port of the COS API over TLS; empty opens no such port.
	TLSListen string
	// CA is the folder of the authority that signs for TLS; empty keeps it in
	// Data, or in memory.
	CA string
	// Console is host:port of the control listener.
	Console string
	// ConsoleHosts are further host names by which the control listener may
	// be addressed.
	ConsoleHosts []string
	// Data is the folder to keep everything in; empty keeps it in memory.
	Data string
	// Seed is a folder that is loaded at the start; empty loads none.
	Seed string
	// Fsync makes acknowledged uploads survive a loss of power.
	Fsync bool
	// MaxMemory is what objects kept in memory may take, in bytes; 0 is three
	// quarters of what the process may use.
	MaxMemory int64
	// Region is where buckets are that name no region.
	Region string
	// Clock is how the emulator's time starts.
	Clock ClockStart
	// Verify says what becomes of requests that the cloud would refuse.
	Verify emulator.VerifyMode
	// DefaultCORS is what pages of other origins may do in buckets without a
	// CORS configuration.
	DefaultCORS emulator.CORSMode
	// Strict are rules that are off by default.
	Strict emulator.Strict
	// Domains are host names under which the emulator is reached.
	Domains []string
	// Aliases map a host, or host:port, that names no bucket to one.
	Aliases map[string]string
	// Buckets exist from the start.
	Buckets []emulator.BucketConfig
	// Credentials are the key pairs known from the start.
	Credentials []emulator.Key
	// Roles can be assumed at STS.
	Roles []emulator.Role
	// Tokens is what the tokens of temporary keys are made of.
	Tokens emulator.TokenAlphabet
	// Grace is how long uploads in flight may take to finish at the end.
	Grace time.Duration
	// LogFormat is LogText or LogJSON.
	LogFormat string
	// LogLevel is the least level that is logged.
	LogLevel slog.Level
	// ReadyFile is written with the chosen addresses once both listeners
	// accept, and removed at the end; empty writes none.
	ReadyFile string

	// DefaultKey tells that Credentials is the documented default pair, whose
	// secret may be shown. A configured secret never is.
	DefaultKey bool
}

// The forms of log lines.
const (
	LogText = "text"
	LogJSON = "json"
)

// ClockStart is the state of the clock at the start: frozen at a time, shifted
// by an offset, or, when zero, the real time.
type ClockStart struct {
	Frozen time.Time
	Offset time.Duration
}

func defaults() Settings {
	return Settings{
		Listen:  DefaultListen,
		Console: DefaultConsole,
		Region:  emulator.DefaultRegion,
		Verify:  emulator.VerifyEnforce,
		Domains: []string{"localhost"},
		Buckets: []emulator.BucketConfig{{Name: DefaultBucket}},
		Credentials: []emulator.Key{{
			SecretID: DefaultSecretID, SecretKey: DefaultSecretKey, AppID: DefaultAppID,
		}},
		Grace:      30 * time.Second,
		LogFormat:  LogText,
		LogLevel:   slog.LevelInfo,
		DefaultKey: true,

		DefaultCORS: emulator.CORSNone,
		Tokens:      emulator.TokenAlphabetURL,
	}
}
