package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator"
)

// A setting is one row of the configuration.
type setting struct {
	// name as a file writes it; what a file groups has the group's name, an
	// underscore, and its own: strict_appid is appid in strict.
	name string
	// list tells that a flag may be repeated.
	list bool
	// short reads what a flag or an environment variable says into l.
	short func(l *layer, texts []string) error
	// judge returns what is wrong with what l holds.
	judge func(l *layer) []finding
	// take hands what l holds to s and tells whether it holds anything.
	take func(s *Settings, l *layer) bool
}

// flag is the setting's name on the command line, without the dashes.
func (s *setting) flag() string { return strings.ReplaceAll(s.name, "_", "-") }

// env is the setting's name in the environment.
func (s *setting) env() string { return EnvPrefix + strings.ToUpper(s.name) }

// table is every setting there is. To add one, add its field to layer and
// Settings, its row here, and its flag to the command's grammar.
func table() []setting {
	return []setting{
		one("listen", func(l *layer) **text { return &l.Listen }, hostPort, func(s *Settings, v string) { s.Listen = v }),
		one("tls_listen", func(l *layer) **text { return &l.TLSListen }, noneOrHostPort, func(s *Settings, v string) { s.TLSListen = v }),
		one("ca", func(l *layer) **text { return &l.CA }, anyText, func(s *Settings, v string) { s.CA = v }),
		one("console", func(l *layer) **text { return &l.Console }, hostPort, func(s *Settings, v string) { s.Console = v }),
		many("console_hosts", func(l *layer) **[]text { return &l.ConsoleHosts }, hostName, func(s *Settings, v []string) { s.ConsoleHosts = v }),
		one("data", func(l *layer) **text { return &l.Data }, anyText, func(s *Settings, v string) { s.Data = v }),
		one("seed", func(l *layer) **text { return &l.Seed }, anyText, func(s *Settings, v string) { s.Seed = v }),
		onOff("fsync", func(l *layer) **bool { return &l.Fsync }, func(s *Settings, v bool) { s.Fsync = v }),
		one("max_memory", func(l *layer) **text { return &l.MaxMemory }, size, func(s *Settings, v int64) { s.MaxMemory = v }),
		one("region", func(l *layer) **text { return &l.Region }, region, func(s *Settings, v string) { s.Region = v }),
		one("clock", func(l *layer) **text { return &l.Clock }, clockStart, func(s *Settings, v ClockStart) { s.Clock = v }),
		one("verify", func(l *layer) **text { return &l.Verify }, verifyMode, func(s *Settings, v verify) { s.Verify = v }),
		one("default_cors", func(l *layer) **text { return &l.DefaultCORS }, corsMode, func(s *Settings, v emulator.CORSMode) { s.DefaultCORS = v }),
		onOff("strict_path_style", func(l *layer) **bool { return &l.Strict.PathStyle }, func(s *Settings, v bool) { s.Strict.PathStyle = v }),
		onOff("strict_cut_at_expiry", func(l *layer) **bool { return &l.Strict.CutAtExpiry }, func(s *Settings, v bool) { s.Strict.CutAtExpiry = v }),
		onOff("strict_appid", func(l *layer) **bool { return &l.Strict.AppID }, func(s *Settings, v bool) { s.Strict.AppID = v }),
		many("domains", func(l *layer) **[]text { return &l.Domains }, hostName, func(s *Settings, v []string) { s.Domains = v }),
		aliasesSetting(),
		bucketsSetting(),
		credentialsSetting(),
		rolesSetting(),
		one("tokens", func(l *layer) **text { return &l.Tokens }, tokens, func(s *Settings, v emulator.TokenAlphabet) { s.Tokens = v }),
		one("grace", func(l *layer) **text { return &l.Grace }, duration, func(s *Settings, v span) { s.Grace = v }),
		one("log_format", func(l *layer) **text { return &l.LogFormat }, logFormat, func(s *Settings, v string) { s.LogFormat = v }),
		one("log_level", func(l *layer) **text { return &l.LogLevel }, logLevel, func(s *Settings, v level) { s.LogLevel = v }),
		one("ready_file", func(l *layer) **text { return &l.ReadyFile }, anyText, func(s *Settings, v string) { s.ReadyFile = v }),
	}
}

// one is a setting that holds a single value.
func one[T any](name string, at func(*layer) **text, parse func(string) (T, error), to func(*Settings, T)) setting {
	return setting{
		name: name,
		short: func(l *layer, texts []string) error {
			last := text(texts[len(texts)-1])
			*at(l) = &last
			return nil
		},
		judge: func(l *layer) []finding {
			if v := *at(l); v != nil {
				if _, err := parse(string(*v)); err != nil {
					return []finding{{path{name}, err.Error()}}
				}
			}
			return nil
		},
		take: func(s *Settings, l *layer) bool {
			v := *at(l)
			if v == nil {
				return false
			}
			parsed, _ := parse(string(*v)) // judged before
			to(s, parsed)
			return true
		},
	}
}

// many is a setting that holds a list of texts.
func many(name string, at func(*layer) **[]text, parse func(string) (string, error), to func(*Settings, []string)) setting {
	return setting{
		name: name,
		list: true,
		short: func(l *layer, texts []string) error {
			list, err := readList(texts, func(s string) (text, error) { return text(s), nil })
			*at(l) = &list
			return err
		},
		judge: func(l *layer) []finding {
			var found []finding
			for i, v := range deref(*at(l)) {
				if _, err := parse(string(v)); err != nil {
					found = append(found, finding{path{name, i}, err.Error()})
				}
			}
			return found
		},
		take: func(s *Settings, l *layer) bool {
			if *at(l) == nil {
				return false
			}
			list := make([]string, 0, len(**at(l)))
			for _, v := range **at(l) {
				parsed, _ := parse(string(v)) // judged before
				list = append(list, parsed)
			}
			to(s, list)
			return true
		},
	}
}

func deref[T any](p *[]T) []T {
	if p == nil {
		return nil
	}
	return *p
}

// onOff is a setting that is true or false.
func onOff(name string, at func(*layer) **bool, to func(*Settings, bool)) setting {
	return setting{
		name: name,
		short: func(l *layer, texts []string) error {
			v, err := strconv.ParseBool(texts[len(texts)-1])
			if err != nil {
				return fmt.Errorf("%q is neither true nor false", texts[len(texts)-1])
			}
			*at(l) = &v
			return nil
		},
		judge: func(*layer) []finding { return nil },
		take: func(s *Settings, l *layer) bool {
			v := *at(l)
			if v == nil {
				return false
			}
			to(s, *v)
			return true
		},
	}
}

func aliasesSetting() setting {
	return setting{
		name: "aliases",
		list: true,
		short: func(l *layer, texts []string) error {
			m, err := readAliases(texts)
			l.Aliases = &m
			return err
		},
		judge: func(l *layer) []finding {
			if l.Aliases == nil {
				return nil
			}
			var found []finding
			for host, bucket := range *l.Aliases {
				if _, err := aliasHost(host); err != nil {
					found = append(found, finding{path{"aliases", host}, err.Error()})
				}
				if err := bucketName(string(bucket)); err != nil {
					found = append(found, finding{path{"aliases", host}, err.Error()})
				}
			}
			slices.SortFunc(found, func(a, b finding) int { return strings.Compare(a.at.String(), b.at.String()) })
			return found
		},
		take: func(s *Settings, l *layer) bool {
			if l.Aliases == nil {
				return false
			}
			s.Aliases = map[string]string{}
			for host, bucket := range *l.Aliases {
				host, _ = aliasHost(host) // judged before
				s.Aliases[host] = string(bucket)
			}
			return true
		},
	}
}

func bucketsSetting() setting {
	return setting{
		name: "buckets",
		list: true,
		short: func(l *layer, texts []string) error {
			list, err := readList(texts, shortBucket)
			l.Buckets = &list
			return err
		},
		judge: func(l *layer) []finding {
			seen := map[text]bool{}
			var found []finding
			for i, b := range deref(l.Buckets) {
				found = append(found, judgeBucket(path{"buckets", i}, b)...)
				if seen[b.Name] && b.Name != "" {
					found = append(found, finding{path{"buckets", i, "name"}, fmt.Sprintf("bucket %q is there twice", b.Name)})
				}
				seen[b.Name] = true
			}
			return found
		},
		take: func(s *Settings, l *layer) bool {
			if l.Buckets == nil {
				return false
			}
			s.Buckets = nil
			for _, b := range *l.Buckets {
				s.Buckets = append(s.Buckets, b.config())
			}
			return true
		},
	}
}

func credentialsSetting() setting {
	return setting{
		name: "credentials",
		list: true,
		short: func(l *layer, texts []string) error {
			list, err := readList(texts, shortCredential)
			if err != nil {
				// What was written is not repeated: it may be a secret.
				return errors.New("want secret_id:secret_key[:appid], several separated by commas, or a YAML list as a file has it")
			}
			l.Credentials = &list
			return nil
		},
		judge: func(l *layer) []finding {
			seen := map[text]bool{}
			var found []finding
			for i, c := range deref(l.Credentials) {
				found = append(found, judgeCredential(path{"credentials", i}, c)...)
				if seen[c.SecretID] && c.SecretID != "" {
					found = append(found, finding{path{"credentials", i, "secret_id"}, fmt.Sprintf("%q is there twice", c.SecretID)})
				}
				seen[c.SecretID] = true
			}
			return found
		},
		take: func(s *Settings, l *layer) bool {
			if l.Credentials == nil {
				return false
			}
			s.DefaultKey = false
			s.Credentials = make([]emulator.Key, 0, len(*l.Credentials))
			for _, c := range *l.Credentials {
				s.Credentials = append(s.Credentials, c.key())
			}
			return true
		},
	}
}
