package config

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// EnvPrefix starts the names of cosemu's environment variables.
const EnvPrefix = "COSEMU_"

// Names in the environment that belong to the command but are no setting of
// the server: the file to read, and the secret that `presign` signs with.
const (
	EnvConfig    = EnvPrefix + "CONFIG"
	EnvSecretKey = EnvPrefix + "SECRET_KEY"
	EnvToken     = EnvPrefix + "TOKEN" // that goes with it
)

// A Loader fills the Settings in a grammar while kong parses one command line:
// from flags, else the environment, else the file, else the defaults. A list is
// taken whole from one of them. A value that makes no sense does not end the
// parsing: Check reports all of them, overridden ones too.
type Loader struct {
	env    map[string]string
	file   *document           // nil: not looked for yet
	flags  map[string][]string // the values of each flag so far
	places map[string]string   // the flag or variable that a setting is taken from

	settings []*kong.Flag
	config   *kong.Flag // names the file

	inFile, inEnv, inFlags []Fault
}

// NewLoader makes a loader for one command line. env holds NAME=value entries.
func NewLoader(env []string) *Loader {
	return &Loader{env: environ(env), flags: map[string][]string{}, places: map[string]string{}}
}

// Options are what kong needs for a grammar with Settings in it.
func (l *Loader) Options() []kong.Option {
	options := []kong.Option{
		vars(),
		kong.Resolvers(&resolver{read: l.fromFile}, &resolver{read: l.fromEnv}), // the last one counts
		kong.PostBuild(func(k *kong.Kong) error {
			for _, flag := range k.Model.Flags {
				if _, ok := flag.Mapper.(mapper); ok {
					l.settings = append(l.settings, flag)
				} else if flag.Name == "config" {
					l.config = flag
				}
			}
			return nil
		}),
	}
	for kind, r := range readers() {
		options = append(options, kong.NamedMapper(kind, mapper{l, r}))
	}
	return options
}

// Flags are the flags of all settings, in their order. They are known once the
// grammar was built.
func (l *Loader) Flags() []*kong.Flag { return l.settings }

// Has reports whether a flag is that of a setting, or --config.
func (l *Loader) Has(flag *kong.Flag) bool {
	return flag == l.config || slices.Contains(l.settings, flag)
}

// Given reports whether a setting was given as a flag.
func (l *Loader) Given(name string) bool { return l.flags[name] != nil }

// mapper reads flags and defaults.
type mapper struct {
	loader *Loader
	reader reader
}

// taken is a value that a resolver has read.
type taken struct{ value any }

// Decode implements kong.Mapper.
func (m mapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	text := "true" // of a switch alone
	if !ctx.Value.IsBool() || ctx.Scan.Peek().Type == kong.FlagValueToken {
		token, err := ctx.Scan.PopValue("value")
		if err != nil {
			return err
		}
		if resolved, ok := token.Value.(taken); ok {
			target.Set(reflect.ValueOf(resolved.value))
			return nil
		}
		text = token.String()
	}
	texts := []string{text}
	if name := ctx.Value.Name; target.Addr().Pointer() != ctx.Value.Target.Addr().Pointer() { // no default
		m.loader.flags[name] = append(m.loader.flags[name], text)
		texts = m.loader.flags[name]
		m.loader.places[name] = "--" + name
	}
	value, err := m.reader.short(texts)
	if err != nil {
		m.loader.blameFlag(ctx.Value.Flag, err)
		return nil
	}
	target.Set(reflect.ValueOf(value))
	return nil
}

// blameFlag records the faults of a flag. If the flag is repeated, they replace
// the earlier ones.
func (l *Loader) blameFlag(flag *kong.Flag, err error) {
	where := "--" + flag.Name
	l.inFlags = slices.DeleteFunc(l.inFlags, func(f Fault) bool {
		return f.Where == where || strings.HasPrefix(f.Where, where+":")
	})
	for _, f := range faultsAt(where, pathOf(flag), err) {
		f.Flag = true
		l.inFlags = append(l.inFlags, f)
	}
}

// A resolver is the environment or the file.
type resolver struct {
	// read returns the value of a setting; nil: it is missing or wrong.
	read func(ctx *kong.Context, flag *kong.Flag) any
	ctx  *kong.Context
	done map[*kong.Flag]bool
}

// Resolve implements kong.Resolver.
func (r *resolver) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if _, ok := flag.Mapper.(mapper); !ok {
		return nil, nil
	}
	if r.done == nil {
		r.ctx, r.done = ctx, map[*kong.Flag]bool{}
	}
	r.done[flag] = true
	return r.read(ctx, flag), nil
}

// Validate implements kong.Resolver. It reads what flags override, so that a
// mistake there is found too.
func (r *resolver) Validate(app *kong.Application) error {
	for _, flag := range app.Flags {
		if _, ok := flag.Mapper.(mapper); ok && r.ctx != nil && !r.done[flag] {
			r.read(r.ctx, flag)
		}
	}
	return nil
}

func (l *Loader) fromEnv(_ *kong.Context, flag *kong.Flag) any {
	name := envName(flag.Name)
	text, ok := l.env[name]
	if !ok {
		return nil
	}
	value, err := readerOf(flag).short([]string{text})
	if err != nil {
		l.inEnv = append(l.inEnv, faultsAt(name, pathOf(flag), err)...)
		return nil
	}
	if l.flags[flag.Name] == nil {
		l.places[flag.Name] = name
	}
	return taken{value}
}

func (l *Loader) fromFile(ctx *kong.Context, flag *kong.Flag) any {
	if l.file == nil {
		l.open(ctx)
	}
	at := pathOf(flag)
	node := l.file.at(at)
	if node == nil {
		return nil
	}
	value, err := readerOf(flag).node(node)
	if err != nil {
		l.inFile = append(l.inFile, l.file.faults(at, err)...)
		return nil
	}
	return taken{value}
}

// open reads the file that --config or COSEMU_CONFIG names.
func (l *Loader) open(ctx *kong.Context) {
	name := l.env[EnvConfig]
	if given, _ := ctx.FlagValue(l.config).(string); given != "" {
		name = given
	}
	l.file = &document{}
	if name == "" {
		return
	}
	file, err := readFile(name)
	if invalid := (*Invalid)(nil); errors.As(err, &invalid) {
		l.inFile = invalid.Faults
		return
	}
	l.file, l.inFile = file, file.unknownKeys(l.settings)
}

// faults are all mistakes that were found.
func (l *Loader) faults() []Fault { return slices.Concat(l.inFile, l.inEnv, l.inFlags) }

func readerOf(flag *kong.Flag) reader {
	m, _ := flag.Mapper.(mapper)
	return m.reader
}

// environ returns cosemu's part of an environment. The last entry of a name
// counts, as in a shell.
func environ(env []string) map[string]string {
	m := map[string]string{}
	for _, e := range env {
		if k, v, ok := strings.Cut(e, "="); ok && strings.HasPrefix(k, EnvPrefix) {
			m[k] = v
		}
	}
	return m
}

// envName is the name of a setting in the environment.
func envName(flag string) string { return EnvPrefix + strings.ToUpper(underscored(flag)) }

// pathOf leads to a setting in a file: strict-appid is appid in the mapping
// strict.
func pathOf(flag *kong.Flag) path {
	if prefix := flag.Tag.Prefix; prefix != "" {
		return path{underscored(strings.TrimSuffix(prefix, "-")), underscored(strings.TrimPrefix(flag.Name, prefix))}
	}
	return path{underscored(flag.Name)}
}

func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

// UnknownVariables returns the COSEMU_ variables that no setting reads, most
// likely misspelt ones. Those that Kubernetes makes for a service called cosemu
// (COSEMU_SERVICE_HOST, COSEMU_PORT_9000_TCP and their like) are left out.
func (l *Loader) UnknownVariables() []string {
	known := map[string]bool{EnvConfig: true, EnvSecretKey: true, EnvToken: true}
	for _, flag := range l.settings {
		known[envName(flag.Name)] = true
	}
	var names []string
	for name := range l.env {
		rest := strings.TrimPrefix(name, EnvPrefix)
		if !known[name] && !strings.HasPrefix(rest, "SERVICE_") && rest != "PORT" && !strings.HasPrefix(rest, "PORT_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
