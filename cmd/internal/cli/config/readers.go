package config

import (
	"strconv"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

// A reader parses the value of a setting. Its errors are findings, an error about
// the whole value, or one of the YAML library.
type reader struct {
	short func(texts []string) (any, error) // from each use of a flag, or from a variable
	node  func(ast.Node) (any, error)       // from a file
}

// readers are all of them, by the name that the tag type of a setting has.
func readers() map[string]reader {
	return map[string]reader{
		"address":         scalar(hostPort),
		"address-or-none": scalar(noneOrHostPort),
		"aliases":         structured(shortAliases, readAliasMap),
		"buckets":         list(shortBucket, readBuckets),
		"clock":           scalar(clockStart),
		"console":         scalar(consoleAddress),
		"cors":            scalar(corsMode),
		"count":           scalar(count),
		"credentials":     secretly(list(shortCredential, readCredentials)),
		"duration":        scalar(duration),
		"hosts":           list(func(s string) (text, error) { return text(s), nil }, readHosts),
		"log-format":      scalar(logFormat),
		"log-level":       scalar(logLevel),
		"region":          scalar(region),
		"roles":           list(shortRole, readRoles),
		"secret":          scalar(secret),
		"size":            scalar(size),
		"switch":          onOff(),
		"text":            scalar(func(s string) (string, error) { return s, nil }),
		"tokens":          scalar(tokens),
		"verify":          scalar(verifyMode),
	}
}

// scalar reads a single value.
func scalar[T any](parse func(string) (T, error)) reader {
	return reader{
		short: func(texts []string) (any, error) { return parse(texts[len(texts)-1]) },
		node: func(n ast.Node) (any, error) {
			var t text
			if err := t.UnmarshalYAML(n); err != nil {
				return nil, err
			}
			return parse(string(t))
		},
	}
}

// onOff reads true or false.
func onOff() reader {
	return reader{
		short: func(texts []string) (any, error) {
			last := texts[len(texts)-1]
			v, err := strconv.ParseBool(last)
			if err != nil {
				return nil, lang.Errorf("%q is neither true nor false", "%q 不是 true 或 false", last)
			}
			return v, nil
		},
		node: func(n ast.Node) (any, error) {
			if b, ok := n.(*ast.BoolNode); ok {
				return b.Value, nil
			}
			return nil, &yaml.SyntaxError{Message: "want true or false here", Token: n.GetToken()}
		},
	}
}

// structured reads entries, and makes the value of all of them at once.
func structured[E, T any](short func(texts []string) (E, error), finish func(E) (T, findings)) reader {
	done := func(entries E, err error) (any, error) {
		if err != nil {
			return nil, err
		}
		value, found := finish(entries)
		return value, found.orNil()
	}
	return reader{
		short: func(texts []string) (any, error) { return done(short(texts)) },
		node: func(n ast.Node) (any, error) {
			var entries E
			err := yaml.NodeToValue(n, &entries, yaml.Strict())
			return done(entries, err)
		},
	}
}

// list reads a list of entries, each with a short form.
func list[E, T any](short func(string) (E, error), finish func([]E) (T, findings)) reader {
	return structured(func(texts []string) ([]E, error) { return readList(texts, short) }, finish)
}

// secretly keeps a value that cannot be read out of the error: it may be a
// secret.
func secretly(r reader) reader {
	plain := r.short
	r.short = func(texts []string) (any, error) {
		value, err := plain(texts)
		if _, ok := err.(findings); err != nil && !ok { //nolint:errorlint // a reader's own
			err = lang.Errorf("want secret_id:secret_key[:appid], several separated by commas, or a YAML list as a file has it",
				"应写成 secret_id:secret_key[:appid]，多个用逗号分隔，或者写成与配置文件相同的 YAML 列表")
		}
		return value, err
	}
	return r
}
