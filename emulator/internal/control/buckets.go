package control

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
)

// bucketCalls list, create and delete buckets.
type bucketCalls struct{ *shared }

// bucket is a bucket in answers.
type bucket struct {
	Name    string    `json:"name" example:"examplebucket-1250000000"`
	Region  string    `json:"region"`
	ACL     string    `json:"acl" doc:"The canned ACL."`
	Grants  int       `json:"grants,omitempty" doc:"The number of further grants. GET Bucket acl shows them."`
	CORS    string    `json:"cors" doc:"What pages of other origins may do while the bucket has no CORS configuration: none (nothing) or permissive (everything)."`
	MAZ     bool      `json:"maz" doc:"Whether it has several availability zones. It then takes MAZ_* storage classes only."`
	Created time.Time `json:"created"`
}

func (c *bucketCalls) publicBucket(b storage.Bucket) (bucket, error) {
	mode, err := c.emulator.DefaultCORS(&b)
	if err != nil {
		return bucket{}, c.internalError("reading a bucket", err)
	}
	out := bucket{
		Name: b.Name, Region: b.Region, ACL: b.ACL, CORS: string(mode),
		MAZ: ops.IsMAZ(&b), Created: b.Created.UTC(),
	}
	if list, err := acl.Parse(b.ACL); err == nil {
		out.ACL, out.Grants = list.Canned, len(list.Grants)
	}
	return out, nil
}

type bucketsOutput struct {
	Body struct {
		Buckets []bucket `json:"buckets" doc:"Sorted by name."`
	}
}

type bucketOutput struct{ Body bucket }

type bucketInput struct {
	AccountInput
	Body struct {
		Name   string `json:"name" example:"examplebucket-1250000000" doc:"The name with the APPID. With account the APPID may be left out."`
		Region string `json:"region,omitempty" pattern:"^[a-z0-9-]*$" maxLength:"64" doc:"Default: the configured region."`
		ACL    string `json:"acl,omitempty" enum:"private,public-read,public-read-write,authenticated-read" doc:"Default: private."`
		CORS   string `json:"cors,omitempty" enum:"none,permissive" doc:"What pages of other origins may do while the bucket has no CORS configuration: none (nothing) or permissive (everything). Default: the setting default_cors."`
		MAZ    bool   `json:"maz,omitempty" doc:"Create it with several availability zones. It then takes MAZ_* storage classes only."`
	}
}

type bucketNameInput struct {
	AccountInput
	Name  string `path:"name"`
	Force bool   `query:"force" doc:"Delete it with everything in it: objects, versions, uploads, settings."`
}

func (c *bucketCalls) register(api huma.API) {
	huma.Register(api, c.operation("list-buckets", http.MethodGet, "/buckets",
		"All buckets, or those of an account", http.StatusOK, http.StatusNotFound), c.listBuckets)
	huma.Register(api, c.operation("create-bucket", http.MethodPost, "/buckets",
		"Create a bucket", http.StatusCreated, http.StatusNotFound, http.StatusConflict), c.createBucket)
	huma.Register(api, c.operation("delete-bucket", http.MethodDelete, "/buckets/{name}",
		"Delete a bucket", http.StatusNoContent, http.StatusNotFound, http.StatusConflict), c.deleteBucket)
}

func (c *bucketCalls) listBuckets(_ context.Context, in *AccountInput) (*bucketsOutput, error) {
	all, err := c.bucketsOf(in.Account)
	if err != nil {
		return nil, err
	}
	out := &bucketsOutput{}
	out.Body.Buckets = make([]bucket, 0, len(all))
	for _, b := range all {
		public, err := c.publicBucket(b)
		if err != nil {
			return nil, err
		}
		out.Body.Buckets = append(out.Body.Buckets, public)
	}
	return out, nil
}

func (c *bucketCalls) createBucket(_ context.Context, in *bucketInput) (*bucketOutput, error) {
	b := in.Body
	if in.Account != "" && !strings.HasSuffix(b.Name, "-"+in.Account) {
		b.Name += "-" + in.Account
	}
	if err := c.owns(in.Account, b.Name); err != nil {
		return nil, err
	}
	if err := addr.ValidBucket(b.Name); err != nil {
		return nil, unprocessable("body.name", err.Error())
	}
	err := c.emulator.CreateBucket(api.BucketConfig{
		Name: b.Name, Region: b.Region, ACL: b.ACL, CORS: api.CORSMode(b.CORS), MAZ: b.MAZ,
	})
	switch {
	case errors.Is(err, storage.ErrBucketExists):
		return nil, huma.Error409Conflict("there is a bucket of this name")
	case err != nil:
		return nil, c.internalError("creating the bucket", err)
	}
	have, err := c.emulator.Store().Bucket(b.Name)
	if err != nil {
		return nil, huma.Error409Conflict("the bucket was deleted in the same moment")
	}
	public, err := c.publicBucket(have)
	return &bucketOutput{public}, err
}

func (c *bucketCalls) deleteBucket(_ context.Context, in *bucketNameInput) (*struct{}, error) {
	if err := c.owns(in.Account, in.Name); err != nil {
		return nil, err
	}
	remove := c.emulator.DeleteBucket
	if in.Force {
		remove = c.emulator.Store().DropBucket
	}
	err := remove(in.Name)
	switch {
	case errors.Is(err, storage.ErrNoBucket):
		return nil, huma.Error404NotFound("no such bucket")
	case errors.Is(err, storage.ErrBucketNotEmpty):
		return nil, huma.Error409Conflict("the bucket is not empty; force=true deletes it with everything in it")
	case err != nil:
		return nil, c.internalError("deleting the bucket", err)
	}
	return nil, nil
}
