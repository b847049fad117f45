# Rails with Devise for the model User, in one file: ruby app.rb PORT
require "action_controller/railtie"
require "action_mailer/railtie"
require "active_record/railtie"
require "devise"
require "devise/orm/active_record"

ENV["RAILS_ENV"] ||= "development"
ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: File.join(__dir__, "db.sqlite3"))

class App < Rails::Application
  config.root = __dir__
  config.load_defaults 6.1
  config.eager_load = false
  config.secret_key_base = "for-this-test-only" * 4
  config.session_store :cookie_store, key: "_app_session"
  config.hosts << "localhost"
  config.logger = Logger.new($stderr)
  config.log_level = :warn
  config.paths["config/routes.rb"] = File.join(__dir__, "routes.rb")
  config.paths["config/database"] = File.join(__dir__, "database.yml")
end

Devise.setup { |config| config.secret_key = "for-this-test-only" * 4 }
class User < ActiveRecord::Base
  devise :database_authenticatable, :registerable, :rememberable, :validatable
end

App.initialize!

ActiveRecord::Schema.define do
  create_table :users, force: true do |t|
    t.string :email, null: false
    t.string :encrypted_password, null: false
    t.datetime :remember_created_at
    t.timestamps
  end
end

class ApplicationController < ActionController::Base
  protect_from_forgery with: :exception
end

class FrontController < ApplicationController
  def index
    render inline: "<html><head><%= csrf_meta_tags %></head><p><%= user_signed_in? ? current_user.email : 'Nobody' %></p>"
  end
end

%w[alice bob].each { |name| User.create!(email: "#{name}@example.test", password: "Pw-#{name}-12345") }

require "puma"
require "puma/server"
server = Puma::Server.new(App)
server.add_tcp_listener("127.0.0.1", Integer(ARGV.fetch(0)))
server.run.join
