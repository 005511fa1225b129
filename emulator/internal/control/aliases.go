package control

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
)

// aliasCalls list, add and remove hosts that stand for a bucket.
type aliasCalls struct{ *shared }

// aliasEntry is an alias in answers.
type aliasEntry struct {
	Host   string `json:"host" example:"127.0.0.1:9000" doc:"A host, or a host with its port."`
	Bucket string `json:"bucket" example:"test-1250000000"`
}

type aliasesOutput struct {
	Body struct {
		Aliases []aliasEntry `json:"aliases" doc:"Sorted by host: those of the configuration, and those that were added."`
	}
}

type aliasInput struct {
	AccountInput
	Body struct {
		Host   string `json:"host" minLength:"1" maxLength:"255" example:"uploads.test"`
		Bucket string `json:"bucket" minLength:"1" example:"test-1250000000" doc:"The full name of a bucket."`
	}
}

type aliasOutput struct{ Body aliasEntry }

type aliasHostInput struct {
	AccountInput
	Host string `path:"host"`
}

func (c *aliasCalls) register(api huma.API) {
	huma.Register(api, c.operation("list-aliases", http.MethodGet, "/aliases",
		"The hosts that stand for a bucket", http.StatusOK, http.StatusNotFound), c.listAliases)
	add := c.operation("add-alias", http.MethodPost, "/aliases",
		"Let a host stand for a bucket, as a custom domain does", http.StatusCreated, http.StatusNotFound, http.StatusConflict)
	add.Description = "It holds until a reset of the server or its end, and no longer than the account of the bucket. The setting aliases lasts."
	huma.Register(api, add, c.addAlias)
	huma.Register(api, c.operation("remove-alias", http.MethodDelete, "/aliases/{host}",
		"Remove such a host. One of the configuration comes back with a reset", http.StatusNoContent, http.StatusNotFound), c.removeAlias)
}

func (c *aliasCalls) listAliases(_ context.Context, in *AccountInput) (*aliasesOutput, error) {
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	out := &aliasesOutput{}
	out.Body.Aliases = []aliasEntry{}
	all := c.emulator.Resolver().Aliases()
	for _, host := range slices.Sorted(maps.Keys(all)) {
		if in.Account == "" || addr.AppID(all[host]) == in.Account {
			out.Body.Aliases = append(out.Body.Aliases, aliasEntry{host, all[host]})
		}
	}
	return out, nil
}

func (c *aliasCalls) addAlias(_ context.Context, in *aliasInput) (*aliasOutput, error) {
	if err := c.owns(in.Account, in.Body.Bucket); err != nil {
		return nil, err
	}
	if _, err := c.emulator.Store().Bucket(in.Body.Bucket); errors.Is(err, storage.ErrNoBucket) {
		return nil, huma.Error404NotFound("no such bucket")
	}
	switch err := c.emulator.Resolver().AddAlias(in.Body.Host, in.Body.Bucket); {
	case errors.Is(err, addr.ErrAliasTaken):
		return nil, huma.Error409Conflict("the host stands for another bucket")
	case err != nil:
		return nil, unprocessable("body.host", "want a host, or a host:port, that is not one of COS")
	}
	return &aliasOutput{aliasEntry{in.Body.Host, in.Body.Bucket}}, nil
}

func (c *aliasCalls) removeAlias(_ context.Context, in *aliasHostInput) (*struct{}, error) {
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	bucket := c.emulator.Resolver().Aliases()[in.Host]
	if in.Account != "" && addr.AppID(bucket) != in.Account || !c.emulator.Resolver().RemoveAlias(in.Host, bucket) {
		return nil, huma.Error404NotFound("no such alias")
	}
	return nil, nil
}
